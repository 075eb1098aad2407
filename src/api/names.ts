/** Names that are persisted in a cluster or on a device. They are API: never renamed. */

export const GROUP = "hitless.dev";
export const VERSION = "v1alpha1";
export const API_VERSION = `${GROUP}/${VERSION}`;

export const ANNOTATIONS = {
  /** On a campaign or a Fabric: nothing new starts, what runs lands. Its value is the reason, for people. */
  hold: `${GROUP}/hold`,
} as const;

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

/** The directory on a device where its package lies. */
export const PACKAGE_DIRECTORY = "/var/tmp";
