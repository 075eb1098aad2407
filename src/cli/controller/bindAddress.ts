/** Where a server listens, as an argument: `host:port`, `:port` or `[v6]:port`. */
import { InvalidArgumentError } from "commander";

export interface BindAddress {
  readonly host: string;
  readonly port: number;
}

/** For commander. Without a host it is all of this machine's addresses. */
export function bindAddress(text: string): BindAddress {
  const match = /^(?:\[(?<v6>[0-9a-fA-F:.]+)\]|(?<host>[^:[\]]*)):(?<port>\d{1,5})$/.exec(text);
  const port = Number(match?.groups?.["port"] ?? Number.NaN);
  if (!(port <= 65_535)) throw new InvalidArgumentError("It must be host:port, as in 0.0.0.0:8080.");
  const host = match?.groups?.["v6"] ?? match?.groups?.["host"] ?? "";
  return { host: host === "" ? "0.0.0.0" : host, port };
}
