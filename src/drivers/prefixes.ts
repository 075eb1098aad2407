/** IPv4 prefixes as routing tables write them. */

/** The network that an interface address is in: `10.1.0.0/31` of `10.1.0.1/31`. Undefined where it is no IPv4 address. */
export function networkOf(address: string): string | undefined {
  const parts = /^(\d+)\.(\d+)\.(\d+)\.(\d+)(?:\/(\d+))?$/.exec(address);
  if (parts === null) return undefined;
  const length = Number(parts[5] ?? 32);
  const number = parts.slice(1, 5).reduce((sum, byte) => sum * 256 + Number(byte), 0);
  const size = 2 ** (32 - length);
  const network = Math.floor(number / size) * size;
  const bytes = [24, 16, 8, 0].map((shift) => Math.floor(network / 2 ** shift) % 256);
  return `${bytes.join(".")}/${String(length)}`;
}
