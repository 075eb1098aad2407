/** Which cluster a command is about, and what is said when it is none. No cluster is used here. */
import path from "node:path";
import { rootCertificates } from "node:tls";
import { expect } from "chai";
import { commandLine } from "../../src/cli/cluster/clusterOptions.ts";
import { loadKubeConfig } from "../../src/cli/cluster/kubeConfig.ts";
import { kubeConfigFiles } from "../../src/cli/cluster/kubeConfigFiles.ts";
import { Folders, QUICKSTART, run, type CommandOptions } from "./support.ts";

const folders = new Folders();

/** A kubeconfig of contexts; each has a cluster and a user of its own name, unless it names the cluster's port. */
function kubeconfig(contexts: readonly string[], current?: string, port = 1): string {
  const ca = Buffer.from(rootCertificates[0] ?? "").toString("base64");
  return JSON.stringify({
    apiVersion: "v1",
    kind: "Config",
    clusters: contexts.map((name) => ({
      name,
      cluster: { server: `https://127.0.0.1:${String(port)}/${name}`, "certificate-authority-data": ca },
    })),
    users: contexts.map((name) => ({ name, user: { token: `token-of-${name}` } })),
    contexts: contexts.map((name) => ({
      name,
      context: { cluster: name, user: name, namespace: `ns-${name}` },
    })),
    ...(current === undefined ? {} : { "current-context": current }),
  });
}

function filesOf(
  environment: Readonly<Record<string, string>>,
  options: { readonly kubeconfig?: string } = {},
): readonly string[] {
  return kubeConfigFiles(options, { invocation: "kubectl hitless", environment });
}

describe("the cluster of a command", () => {
  after(() => {
    folders.removeAll();
  });

  const asPlugin = (environment: Readonly<Record<string, string>> = {}): CommandOptions => ({
    invocation: "kubectl hitless",
    environment: { HOME: folders.of({}), ...environment },
  });

  it("hitless takes no cluster that is not named, whatever the environment says", async () => {
    const environment = { KUBECONFIG: path.join(folders.of({ config: kubeconfig(["a"], "a") }), "config") };
    for (const args of [
      ["plan", "dc1"],
      ["approve", "dc1"],
      ["watch", "dc1"],
      ["hold", "dc1"],
      ["release", "dc1"],
      ["abandon", "dc1", "leaf1", "--reason", "gone"],
    ]) {
      const { exitCode, stdout, stderr } = await run(args, { environment });
      expect(exitCode, args.join(" ")).to.equal(2);
      expect(stdout).to.equal("");
      expect(stderr).to.match(/^hitless: hitless uses no cluster that is not named; add --kubeconfig FILE/);
    }
  });

  it("kubectl hitless takes what kubectl takes: --kubeconfig, else $KUBECONFIG, else ~/.kube/config", () => {
    const home = folders.of({});
    const [one = "", other = ""] = ["one", "other"].map((name) =>
      path.join(folders.of({ [name]: kubeconfig([name], name) }), name),
    );
    const missing = path.join(home, "missing");
    const KUBECONFIG = [missing, one, "", other].join(path.delimiter);
    expect(filesOf({ HOME: home, KUBECONFIG })).to.deep.equal([one, other]);
    expect(filesOf({ HOME: home, KUBECONFIG }, { kubeconfig: missing })).to.deep.equal([missing]);
    expect(() => filesOf({ HOME: home, KUBECONFIG: missing })).to.throw(
      "KUBECONFIG names no file that exists",
    );
    expect(() => filesOf({ HOME: home })).to.throw(
      `KUBECONFIG is not set and ${path.join(home, ".kube", "config")} does not exist`,
    );
  });

  it("of several kubeconfig files the first that defines something counts, as with kubectl", () => {
    const folder = folders.of({
      empty: "",
      one: kubeconfig(["shared", "left"]),
      two: kubeconfig(["shared", "right"], "right", 2),
      three: kubeconfig(["third"], "third"),
    });
    const files = ["empty", "one", "two", "three"].map((name) => path.join(folder, name));
    const merged = loadKubeConfig(files, undefined);
    expect(merged.getCurrentContext()).to.equal("right");
    expect(merged.getContexts().map(({ name }) => name)).to.have.members([
      "shared",
      "left",
      "right",
      "third",
    ]);
    const shared = loadKubeConfig(files, "shared");
    expect(shared.getCurrentCluster()?.server).to.equal("https://127.0.0.1:1/shared");
    expect(shared.getCurrentUser()?.token).to.equal("token-of-shared");
  });

  it("AC-2 takes a token from its file, beside whichever kubeconfig names it", () => {
    const config = JSON.parse(kubeconfig(["a"], "a"));
    config.users[0].user = { token: "stale", tokenFile: "token" };
    const folder = folders.of({ config: JSON.stringify(config), token: "fresh" });
    const user = loadKubeConfig([path.join(folder, "config")], undefined).getCurrentUser();
    expect(user?.token).to.equal(undefined);
    expect(user?.authProvider?.config).to.deep.equal({ tokenFile: path.join(folder, "token") });
  });

  it("names the files and the contexts there are when there is none to use", async () => {
    const folder = folders.of({
      unset: kubeconfig(["a", "b"]),
      dangling: JSON.stringify({
        clusters: [],
        contexts: [{ name: "a", context: { cluster: "x", user: "u" } }],
      }),
      broken: "users:\n- name: a\n  user: {token: [hush-4711}",
    });
    const cases: readonly (readonly [string, readonly string[], RegExp])[] = [
      ["unset", [], /unset has no current context; --context is one of: a, b\n$/],
      ["unset", ["--context", "c"], /unset has no context "c"; --context is one of: a, b\n$/],
      ["dangling", ["--context", "a"], /dangling: the cluster of context a is not in it\n$/],
      ["broken", [], /broken is no kubeconfig: .*; name another file with --kubeconfig\n$/],
      ["absent", [], /absent cannot be read; name a kubeconfig file that you may read\n$/],
    ];
    for (const [file, more, says] of cases) {
      const args = ["plan", "dc1", "--kubeconfig", path.join(folder, file), ...more];
      const { exitCode, stderr } = await run(args, asPlugin());
      expect(exitCode, file).to.equal(2);
      expect(stderr, file).to.match(says);
      expect(stderr).not.to.include("hush-4711").and.not.to.include("token-of-");
    }
  });

  it("N4 names the API server that cannot be reached, and why", async () => {
    const folder = folders.of({ config: kubeconfig(["site-a"], "site-a") });
    const environment = { KUBECONFIG: path.join(folder, "config") };
    const { exitCode, stdout, stderr } = await run(["plan", "dc1"], asPlugin(environment));
    expect(exitCode).to.equal(3);
    expect(stdout).to.equal("");
    expect(stderr).to.match(
      /^hitless: the API server https:\/\/127\.0\.0\.1:1\/site-a of context site-a cannot be reached: .*ECONNREFUSED.*\n$/,
    );
    expect(stderr).not.to.include("token-of-");
  });

  it("hitless verify without -f and without a cluster asks for either", async () => {
    const { exitCode, stderr } = await run(["verify", "plan.json"]);
    expect(exitCode).to.equal(2);
    expect(stderr).to.match(/needs the objects it is for: name them with -f; .*--kubeconfig/);
  });

  it("plan is of a CAMPAIGN or of files: neither, both, and options of the other are refused", async () => {
    const cases: readonly (readonly [readonly string[], RegExp])[] = [
      [["plan"], /which campaign\? Name a CAMPAIGN of the cluster, or manifests with -f, --file/],
      [
        ["plan", "dc1", "-f", QUICKSTART],
        /either a CAMPAIGN of the cluster \(dc1\) or manifests with -f, not both/,
      ],
      [["plan", "dc1", "--live"], /--live goes with -f only/],
      [["plan", "dc1", "--campaign", "x"], /--campaign goes with -f only/],
      [
        ["plan", "-f", QUICKSTART, "-n", "x"],
        /'-n, --namespace <name>' cannot be used with option '-f, --file/,
      ],
      [
        ["plan", "-f", QUICKSTART, "--context", "x"],
        /'--context <name>' cannot be used with option '-f, --file/,
      ],
      [["verify", "-"], /a plan from a file needs the objects it is for: name them with -f/],
      [["verify", "dc1", "--live"], /a plan from a file needs the objects it is for/],
      [["verify", "fabric/dc1"], /a plan from a file needs the objects it is for/],
      [["approve", "fabric/dc1"], /It must be the name of a campaign/],
      [["hold", "secret/dc1"], /It must be the name of a campaign, or fabric\/NAME/],
      [["hold", "fabric/"], /It must be the name of a campaign, or fabric\/NAME/],
      [["abandon", "dc1", "leaf1"], /required option '--reason <text>' not specified/],
      [["abandon", "dc1", "leaf1", "--reason", " "], /--reason is empty/],
    ];
    for (const [args, says] of cases) {
      const { exitCode, stdout, stderr } = await run(args, asPlugin());
      expect(exitCode, args.join(" ")).to.equal(2);
      expect(stdout, args.join(" ")).to.equal("");
      expect(stderr, args.join(" ")).to.match(says);
    }
  });

  it("shows command lines that a shell reads back as they were meant", () => {
    const options = { kubeconfig: "my files/it's", context: "prod", namespace: "net" };
    expect(commandLine("kubectl hitless", ["approve", "dc1"], options)).to.equal(
      String.raw`kubectl hitless approve dc1 --kubeconfig 'my files/it'\''s' --context prod -n net`,
    );
    expect(commandLine("hitless", ["plan", "dc1"], {})).to.equal("hitless plan dc1");
  });

  for (const command of ["plan", "approve", "watch", "hold", "release", "verify", "abandon"]) {
    it(`kubectl hitless ${command} --help speaks of kubectl hitless`, async () => {
      const { exitCode, stdout } = await run([command, "--help"], asPlugin());
      expect(exitCode).to.equal(0);
      expect(stdout).to.match(new RegExp(`^Usage: kubectl hitless ${command} `));
      expect(stdout).to.match(new RegExp(`Examples:\n  kubectl hitless ${command}`));
      expect(stdout).to.include("--kubeconfig").and.to.include("--context").and.to.include("-n, --namespace");
      const own = await run([command, "--help"]);
      expect(own.stdout).to.match(new RegExp(`^Usage: hitless ${command} `));
    });
  }
});
