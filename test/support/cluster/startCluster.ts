/** A real API server with etcd, for tests and the demo: on a free port of the loopback, gone with the process. */
import { generateKeyPairSync, randomBytes } from "node:crypto";
import { existsSync, readFileSync } from "node:fs";
import { mkdtemp, writeFile } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { Agent, request } from "undici";
import { Guard } from "./guard.ts";

export interface ClusterOptions {
  /** From `buildCluster`. */
  readonly binaries: string;
  /** Users and their groups, beside `admin`. */
  readonly users?: Readonly<Record<string, readonly string[]>>;
  /** Further flags of the API server. */
  readonly flags?: readonly string[];
}

/** Groups have no rights until somebody binds a role to them. */
export const USERS: Readonly<Record<string, readonly string[]>> = {
  viewer: ["hitless-viewers"],
  operator: ["hitless-operators"],
  approver: ["hitless-approvers"],
  controller: ["hitless-controllers"],
  stranger: [],
};

const READY_SECONDS = 90;

export interface ClusterRequest {
  readonly method?: "GET" | "POST" | "PUT" | "PATCH" | "DELETE";
  readonly path: string;
  readonly body?: unknown;
  /** `application/json` by default; `application/apply-patch+yaml` for a server-side apply. */
  readonly contentType?: string;
  /** `admin` by default. */
  readonly user?: string;
}

export interface ClusterReply {
  readonly statusCode: number;
  readonly text: string;
}

export interface Cluster {
  readonly url: string;
  /** The certificate of the server and of whoever signs for it, in PEM. */
  readonly ca: string;
  /** The server's private key, in PEM: for a proxy that stands in its place. */
  readonly key: string;
  /** A kubeconfig file with one context per user; the current one is `admin`, who may do everything. */
  readonly kubeconfig: string;
  /** kubectl, helm and the rest. */
  readonly binaries: string;
  /** A folder for caches and scratch files; gone with the cluster. */
  readonly folder: string;
  /** A user's bearer token. */
  token(user: string): string;
  /** The text of a kubeconfig, also for another URL (a proxy's). */
  kubeconfigText(options?: { readonly user?: string; readonly url?: string }): string;
  /** One request past everything that is under test. */
  request(request: ClusterRequest): Promise<ClusterReply>;
  /** Kills the API server (SIGKILL). */
  kill(): Promise<void>;
  /** Starts the API server again and waits until it is ready. */
  restart(): Promise<void>;
  /** Kills etcd (SIGKILL). What it has acknowledged is kept: the kernel holds the pages of its files. */
  killEtcd(): Promise<void>;
  /** Starts etcd again and waits until the API server is ready, which has to be running. */
  restartEtcd(): Promise<void>;
  /** Ends everything and removes its files. */
  stop(): Promise<void>;
}

/** Starts a cluster and waits until it is ready, about three seconds. */
export async function startCluster({
  binaries,
  users = USERS,
  flags = [],
}: ClusterOptions): Promise<Cluster> {
  const folder = await mkdtemp(path.join(tmpdir(), "hitless-cluster-"));
  const port = await freePort();
  const url = `https://127.0.0.1:${port}`;
  const tokens = new Map(
    ["admin", ...Object.keys(users)].map((user) => [user, randomBytes(16).toString("hex")]),
  );
  await writeKeys(folder);
  await writeFile(path.join(folder, "tokens.csv"), tokenLines(tokens, users), { mode: 0o600 });
  const guard = new Guard({ binaries, folder, flags: [...apiServerFlags(port), ...flags] });
  const certificate = path.join(folder, "cert/apiserver.crt");

  let agent: Agent | undefined;
  const token = (user: string): string => {
    const found = tokens.get(user);
    if (found === undefined) throw new Error(`no user ${user}`);
    return found;
  };
  const send = async ({ method = "GET", body, ...to }: ClusterRequest): Promise<ClusterReply> => {
    agent ??= new Agent({ connect: { ca: readFileSync(certificate) } });
    const { statusCode, body: reply } = await request(url + to.path, {
      method,
      dispatcher: agent,
      headers: {
        authorization: `Bearer ${token(to.user ?? "admin")}`,
        "content-type": to.contentType ?? "application/json",
      },
      body: body === undefined ? null : JSON.stringify(body),
    });
    return { statusCode, text: await reply.text() };
  };
  const ready = async () => {
    const deadline = performance.now() + READY_SECONDS * 1000;
    for (;;) {
      // Only the status tells: the body lists "ok" lines of checks that pass while others do not.
      const isReady =
        existsSync(certificate) &&
        (await send({ path: "/readyz" }).then(
          ({ statusCode }) => statusCode === 200,
          () => false,
        ));
      if (isReady) return;
      if (performance.now() > deadline) throw new Error(`the API server is not ready\n${logTail(folder)}`);
      await sleep(50);
    }
  };
  const kubeconfigText: Cluster["kubeconfigText"] = ({ user = "admin", url: server = url } = {}) =>
    JSON.stringify(kubeconfigOf({ server, ca: readFileSync(certificate), tokens, user }));
  const kubeconfig = path.join(folder, "kubeconfig.json");

  try {
    await guard.started();
    await ready();
    await writeFile(kubeconfig, kubeconfigText(), { mode: 0o600 });
  } catch (error) {
    await guard.end();
    throw error;
  }
  return {
    url,
    ca: readFileSync(certificate, "utf8"),
    key: readFileSync(path.join(folder, "cert/apiserver.key"), "utf8"),
    kubeconfig,
    binaries,
    folder,
    token,
    kubeconfigText,
    request: send,
    kill: async () => guard.tell("kill"),
    restart: async () => {
      await guard.tell("start");
      await ready();
    },
    killEtcd: async () => guard.tell("kill-etcd"),
    restartEtcd: async () => {
      await guard.tell("start-etcd");
      await ready();
    },
    stop: async () => {
      await guard.end();
      await agent?.destroy();
    },
  };
}

function apiServerFlags(port: number): string[] {
  return [
    "--etcd-servers=unix://localhost:1",
    "--cert-dir=cert",
    "--bind-address=127.0.0.1",
    `--secure-port=${port}`,
    // Needed where there is no default route.
    "--advertise-address=192.0.2.1",
    "--service-account-issuer=https://kubernetes.default.svc",
    "--service-account-key-file=sa.pub",
    "--service-account-signing-key-file=sa.key",
    "--token-auth-file=tokens.csv",
    "--authorization-mode=RBAC",
  ];
}

async function writeKeys(folder: string): Promise<void> {
  const { privateKey, publicKey } = generateKeyPairSync("ec", {
    namedCurve: "P-256",
    privateKeyEncoding: { type: "pkcs8", format: "pem" },
    publicKeyEncoding: { type: "spki", format: "pem" },
  });
  await writeFile(path.join(folder, "sa.key"), privateKey, { mode: 0o600 });
  await writeFile(path.join(folder, "sa.pub"), publicKey);
}

function tokenLines(
  tokens: ReadonlyMap<string, string>,
  users: Readonly<Record<string, readonly string[]>>,
): string {
  const lines = [...tokens].map(([user, token]) => {
    const groups = user === "admin" ? ["system:masters"] : (users[user] ?? []);
    return `${token},${user},${user}${groups.length === 0 ? "" : `,"${groups.join(",")}"`}\n`;
  });
  return lines.join("");
}

function kubeconfigOf({
  server,
  ca,
  tokens,
  user,
}: {
  server: string;
  ca: Buffer;
  tokens: ReadonlyMap<string, string>;
  user: string;
}) {
  return {
    apiVersion: "v1",
    kind: "Config",
    clusters: [{ name: "test", cluster: { server, "certificate-authority-data": ca.toString("base64") } }],
    users: [...tokens].map(([name, token]) => ({ name, user: { token } })),
    contexts: [...tokens.keys()].map((name) => ({ name, context: { cluster: "test", user: name } })),
    "current-context": user,
  };
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => {
    server.listen(0, "127.0.0.1", resolve);
  });
  const address = server.address();
  await new Promise((resolve) => {
    server.close(resolve);
  });
  if (address === null || typeof address === "string") throw new Error("no port is free");
  return address.port;
}

function logTail(folder: string): string {
  const tails = ["etcd.log", "apiserver.log"].map((file) => {
    const text = existsSync(path.join(folder, file)) ? readFileSync(path.join(folder, file), "utf8") : "";
    return `--- ${file}\n${text.split("\n").slice(-15).join("\n")}`;
  });
  return tails.join("\n");
}
