/** Names that are persisted in a cluster or on a device. They are API: never renamed. */

export const GROUP = "hitless.dev";
export const VERSION = "v1alpha1";
export const API_VERSION = `${GROUP}/${VERSION}`;

export const ANNOTATIONS = {
  /** On a campaign or a Fabric: nothing new starts, what runs lands. Its value is the reason, for people. */
  hold: `${GROUP}/hold`,
  /** On a campaign: the hash of the approved plan, beside `spec.approval.planHash`, for who cannot commit it to Git. */
  approve: `${GROUP}/approve`,
  /**
   * On a DeviceUpgrade: nobody cares for this device any more, whatever state it is in. Its ledger entry goes, and
   * nothing holds its objects. The value is the reason, for people.
   */
  abandon: `${GROUP}/abandon`,
} as const;

/** On the Lease of a fabric, written with each renewal. */
export const LEASE_ANNOTATIONS = {
  /** Until when the fabric was led, on the clock that steps are timed by; RFC 3339. */
  ledUntil: `${GROUP}/led-until`,
  /** The last times at which nobody led it: `<from>/<until>`, separated by commas. They count in no deadline. */
  notLed: `${GROUP}/not-led`,
} as const;

/** Holds a campaign, a DeviceUpgrade or a Fabric until no device of it is out of service or under way. */
export const LANDING_FINALIZER = `${GROUP}/landing`;

/** Holds the login of a fabric (Secret and known hosts) while a device of that fabric is out of service. */
export function loginFinalizer(fabricUid: string): string {
  return `${GROUP}/fabric-${fabricUid}`;
}

export const LABELS = {
  campaign: `${GROUP}/campaign`,
  device: `${GROUP}/device`,
  batch: `${GROUP}/batch`,
} as const;

/** Keys of the Secret named by `Fabric.spec.connection.credentialsSecretRef`. */
export const CREDENTIAL_KEYS = {
  username: "username",
  password: "password",
  privateKey: "ssh-privatekey",
  passphrase: "passphrase",
} as const;

/** The key of the ConfigMap named by `Fabric.spec.connection.knownHostsRef`, in OpenSSH's known_hosts format. */
export const KNOWN_HOSTS_KEY = "known_hosts";

/** The Secret with a device's support information, taken when its run was in trouble. */
export function supportSecretName(deviceUpgrade: string): string {
  return `${deviceUpgrade}-support`;
}

/** The directory on a device where its package lies. */
export const PACKAGE_DIRECTORY = "/var/tmp";
