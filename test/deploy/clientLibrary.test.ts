/** The bundle that a build puts in the place of the client library's exports. */
import { mkdir, mkdtemp, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { isBuiltin } from "node:module";
import { tmpdir } from "node:os";
import path from "node:path";
import { rootCertificates } from "node:tls";
import { expect } from "chai";
import { Agent } from "undici";
import { bundleClientLibrary } from "../../scripts/clientLibrary.ts";
import * as source from "../../src/store/kubernetes/clientLibrary.ts";

const ROOT = path.resolve(import.meta.dirname, "../..");

describe("the build's bundle of the client library", () => {
  let folder: string;
  let text: string;
  let bundled: typeof source;

  before(async () => {
    folder = await mkdtemp(path.join(tmpdir(), "hitless-bundle-"));
    const file = path.join(folder, "dist/clientLibrary.js");
    await mkdir(path.dirname(file));
    await writeFile(path.join(folder, "package.json"), JSON.stringify({ type: "module" }));
    await mkdir(path.join(folder, "node_modules"));
    await symlink(path.join(ROOT, "node_modules/undici"), path.join(folder, "node_modules/undici"));
    await bundleClientLibrary(file);
    text = await readFile(file, "utf8");
    bundled = await import(file);
  });

  after(async () => rm(folder, { recursive: true, force: true }));

  it("exports what the source exports", () => {
    expect(Object.keys(bundled).toSorted()).to.deep.equal(Object.keys(source).toSorted());
  });

  it("has none of the library's classes for the kinds of Kubernetes, and needs undici alone", () => {
    expect(text).not.to.match(/\bV1(Pod|Deployment|ConfigMap)\b/);
    const imports = [...text.matchAll(/^import .*from "([^"]+)";$/gm)].map(([, name = ""]) => name);
    expect(imports.filter((name) => !isBuiltin(name))).to.deep.equal(["undici"]);
  });

  const credential = {
    apiVersion: "client.authentication.k8s.io/v1",
    kind: "ExecCredential",
    status: { token: "of the plugin" },
  };
  // Without an authority it makes no pool.
  const caData = Buffer.from(rootCertificates[0] ?? "").toString("base64");
  const plugin = {
    apiVersion: credential.apiVersion,
    interactiveMode: "Never",
    command: process.execPath,
    args: ["-e", `console.log(${JSON.stringify(JSON.stringify(credential))})`],
  };
  for (const user of [
    { name: "token", token: "of the user" },
    { name: "plugin", exec: plugin },
    { name: "password", username: "a", password: "of the user" },
  ]) {
    it(`authenticates by ${user.name} as the library does, over pools of the same undici`, async () => {
      const [told, expected] = await Promise.all(
        [bundled, source].map(async ({ KubeConfig, RequestContext, HttpMethod }) => {
          const kubeConfig = new KubeConfig();
          kubeConfig.loadFromOptions({
            clusters: [{ name: "a", server: "https://127.0.0.1:6443", skipTLSVerify: false, caData }],
            users: [user],
            contexts: [{ name: "a", cluster: "a", user: user.name }],
            currentContext: "a",
          });
          const context = new RequestContext("https://127.0.0.1:6443/api", HttpMethod.GET);
          await kubeConfig.applySecurityAuthentication(context);
          expect(context.getDispatcher()).to.be.instanceOf(Agent);
          return context.getHeaders();
        }),
      );
      expect(told).to.have.property("Authorization");
      expect(told).to.deep.equal(expected);
    });
  }
});
