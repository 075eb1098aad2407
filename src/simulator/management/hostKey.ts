/**
 * SSH host keys that are the same in every run: an ed25519 key whose seed is a digest of fabric and device.
 * They keep nobody out and are not meant to; they let a client check keys as it must with real devices.
 */
import { createHash, createPrivateKey, createPublicKey } from "node:crypto";

export interface HostKey {
  /** The private key in OpenSSH's own format, which is what ssh2 reads. */
  readonly privateKey: string;
  /** `ssh-ed25519 AAAA…`, as known_hosts wants it. */
  readonly publicKey: string;
}

const KEY_TYPE = "ssh-ed25519";
/** PKCS #8 of an ed25519 private key, up to the 32 bytes of the seed (RFC 8410). */
const PKCS8_PREFIX = Buffer.from("302e020100300506032b657004220420", "hex");
/** The same for a public key, up to its 32 bytes. */
const SPKI_PREFIX_BYTES = 12;
const CIPHER_BLOCK_BYTES = 8;

/** `generation` 0 is the key a device starts with; a fault makes it present the next one. */
export function hostKey(fabric: string, device: string, generation: number): HostKey {
  const seed = createHash("sha256")
    .update(`hitless simulator host key ${fabric}/${device}/${generation}`)
    .digest();
  const privateKey = createPrivateKey({
    key: Buffer.concat([PKCS8_PREFIX, seed]),
    format: "der",
    type: "pkcs8",
  });
  const point = createPublicKey(privateKey)
    .export({ format: "der", type: "spki" })
    .subarray(SPKI_PREFIX_BYTES);
  const publicBlob = Buffer.concat([field(KEY_TYPE), field(point)]);
  return {
    privateKey: openSshPrivateKey({ seed, point, publicBlob, comment: device }),
    publicKey: `${KEY_TYPE} ${publicBlob.toString("base64")}`,
  };
}

/** PROTOCOL.key of OpenSSH: an unencrypted file with one key. */
function openSshPrivateKey(key: {
  readonly seed: Buffer;
  readonly point: Buffer;
  readonly publicBlob: Buffer;
  readonly comment: string;
}): string {
  const check = uint32(createHash("sha256").update(key.publicBlob).digest().readUInt32BE(0));
  const secret = Buffer.concat([
    check,
    check,
    field(KEY_TYPE),
    field(key.point),
    field(Buffer.concat([key.seed, key.point])),
    field(key.comment),
  ]);
  const padding = Buffer.from(
    Array.from(
      { length: (CIPHER_BLOCK_BYTES - (secret.length % CIPHER_BLOCK_BYTES)) % CIPHER_BLOCK_BYTES },
      (_, index) => index + 1,
    ),
  );
  const file = Buffer.concat([
    Buffer.from("openssh-key-v1\0"),
    field("none"),
    field("none"),
    field(""),
    uint32(1),
    field(key.publicBlob),
    field(Buffer.concat([secret, padding])),
  ]);
  const lines = file.toString("base64").match(/.{1,70}/g) ?? [];
  return ["-----BEGIN OPENSSH PRIVATE KEY-----", ...lines, "-----END OPENSSH PRIVATE KEY-----", ""].join(
    "\n",
  );
}

function field(content: string | Buffer): Buffer {
  const bytes = typeof content === "string" ? Buffer.from(content) : content;
  return Buffer.concat([uint32(bytes.length), bytes]);
}

function uint32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(value);
  return bytes;
}
