/**
 * The network inside of a chassis, by which its parts find each other: the addresses that a routing engine has on the
 * private routing instance, and the names they have in `/etc/hosts.junos`.
 */

/** The routing instance of that network. */
export const INTERNAL_INSTANCE = "__juniper_private1__";

/** The logical interface of `lo0` in it. */
export const INTERNAL_UNIT = 16_385;

/** Those of the only routing engine, which is the master. */
export const INTERNAL_HOSTS: readonly { readonly address: string; readonly names: readonly string[] }[] = [
  { address: "128.0.0.1", names: ["master"] },
  { address: "128.0.0.4", names: ["re0"] },
  { address: "128.0.1.16", names: ["fwdd", "fpc0", "member0", "localre"] },
];
