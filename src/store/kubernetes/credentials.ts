/**
 * As whom requests are made. `KubeConfig` reads tokens from files and plugins and keeps them for a while; when the
 * API server no longer accepts one (service-account tokens rotate, plugins' tokens expire), it has to be read anew.
 */
import { HttpMethod, KubeConfig, RequestContext } from "./clientLibrary.ts";
import type { Dispatcher } from "undici";
import { untilAborted } from "../untilAborted.ts";

/** What a request is authenticated with. */
export interface Credential {
  readonly headers: Readonly<Record<string, string>>;
  /** A pool of sockets for this cluster and user, new with every credential; it has opened none yet. */
  readonly dispatcher: Dispatcher | undefined;
  /** Counts how often credentials were renewed. */
  readonly version: number;
}

export class Credentials {
  #kubeConfig: KubeConfig;
  #version = 0;
  /** The reading under way: a plugin is asked once, not once for each of many requests at the same time. */
  #tail: Promise<unknown> = Promise.resolve();

  constructor(kubeConfig: KubeConfig) {
    this.#kubeConfig = kubeConfig;
  }

  /** The URL of the API server. Throws when the kubeconfig names none. */
  server(): string {
    const cluster = this.#kubeConfig.getCurrentCluster();
    if (cluster === null) throw new Error("the kubeconfig has no current context");
    return cluster.server.replace(/\/+$/, "");
  }

  /** The credential for a request to a URL. Rejects with the signal's reason when it is aborted. */
  async read(url: URL, signal: AbortSignal): Promise<Credential> {
    const turn = this.#tail.then(async () => {
      signal.throwIfAborted();
      return this.#readNow(url);
    });
    this.#tail = turn.catch(() => undefined);
    return untilAborted(turn, signal);
  }

  /** Forgets what was kept, so that files and plugins are read anew; only once for all that had this version. */
  renew({ version }: Credential): void {
    if (version !== this.#version) return;
    const { clusters, users, contexts, currentContext } = this.#kubeConfig;
    const fresh = new KubeConfig();
    fresh.loadFromOptions({ clusters, users, contexts, currentContext });
    this.#kubeConfig = fresh;
    this.#version += 1;
  }

  async #readNow(url: URL): Promise<Credential> {
    const version = this.#version;
    const context = new RequestContext(url.href, HttpMethod.GET);
    await this.#kubeConfig.applySecurityAuthentication(context);
    // A token file written by hand ends with a line break.
    const headers = Object.entries(context.getHeaders()).map(([name, value]) => [name, value.trim()]);
    return { headers: Object.fromEntries(headers), dispatcher: context.getDispatcher(), version };
  }
}

/** Whether two credentials are the same to the API server, as far as that can be seen: certificates cannot. */
export function isSameCredential(one: Credential, other: Credential): boolean {
  const [before, after] = [one, other].map(({ headers }) => headers["Authorization"]);
  return before !== undefined && before === after;
}
