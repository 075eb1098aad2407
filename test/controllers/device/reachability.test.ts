/** Why a device is not reached, over real SSH: each cause its own reason, with a hint for who has to mend it. */
import { expect } from "chai";
import { KNOWN_HOSTS_KEY } from "../../../src/api/names.ts";
import { update } from "../../../src/store/retryOnConflict.ts";
import { PASSWORD, startSshDevice, USERNAME } from "../../netconf/sshDevice.ts";
import { startFabricRun, type FabricRun, type FabricRunOptions } from "../../support/fabricRun.ts";
import { NAMESPACE, only } from "../../support/smallFabric.ts";

describe("controllers: devices that are not reached", function () {
  this.timeout(60_000);

  let run: FabricRun | undefined;
  const start = async (options: FabricRunOptions): Promise<FabricRun> => {
    run = await startFabricRun({ transport: "ssh", campaign: null, ...options });
    return run;
  };
  afterEach(async () => {
    await run?.stop();
    run = undefined;
  });

  /** The problem that the Fabric tells of a device, as `Reason message`. */
  function problemOf(fabric: FabricRun, device: string): Promise<string> {
    return fabric.until("the fabric is read", async () => {
      const { status } = await fabric.fabric();
      if (status?.discoveredAt === undefined) return undefined;
      const problem = status.problems?.find((each) => each.device === device);
      return problem === undefined ? "none" : `${problem.reason} ${problem.message}`;
    });
  }

  async function login(fabric: FabricRun, username: string, password: string): Promise<void> {
    const encode = (text: string): string => Buffer.from(text).toString("base64");
    await update(
      { store: fabric.store, kind: "Secret", key: { namespace: NAMESPACE, name: "login" } },
      (copy) => {
        copy.data = { username: encode(username), password: encode(password) };
      },
    );
  }

  async function knownHosts(fabric: FabricRun, change: (text: string) => string): Promise<void> {
    const key = { namespace: NAMESPACE, name: "hosts" };
    await update({ store: fabric.store, kind: "ConfigMap", key }, (copy) => {
      copy.data = { [KNOWN_HOSTS_KEY]: change(copy.data?.[KNOWN_HOSTS_KEY] ?? "") };
    });
  }

  it("AuthenticationFailed: a wrong password, which no log line shows", async () => {
    const fabric = await start({ prepare: (at) => login(at, "hitless", "canary-password") });
    expect(await problemOf(fabric, "leaf1")).to.match(/^AuthenticationFailed .*\(.*Secret.*\)$/);
    expect(JSON.stringify(fabric.log)).to.not.contain("canary-password");
    expect(JSON.stringify(await fabric.fabric())).to.not.contain("canary-password");
  });

  it("HostKeyUnknown: an address that is in nobody's list", async () => {
    const fabric = await start({ prepare: (at) => knownHosts(at, () => "# none yet\n") });
    expect(await problemOf(fabric, "leaf1")).to.match(/^HostKeyUnknown .*SHA256:.*\(.*fingerprint.*\)$/);
  });

  it("HostKeyChanged: another key than the one that is known", async () => {
    const fabric = await start({
      prepare: (at) =>
        knownHosts(at, (text) => {
          const keys = text
            .trim()
            .split("\n")
            .map((line) => line.split(" "));
          return keys
            .map(([host], index) => `${host} ssh-ed25519 ${keys[(index + 1) % keys.length]?.[2]}`)
            .join("\n");
        }),
    });
    expect(await problemOf(fabric, "leaf1")).to.match(/^HostKeyChanged .*\(find out why/);
  });

  it("Unreachable: nothing listens at the port", async () => {
    const fabric = await start({ faults: [{ device: "leaf1", fault: "deviceDead" }] });
    expect(await problemOf(fabric, "leaf1")).to.match(/^Unreachable .*\(check power/);
    expect(await problemOf(fabric, "leaf2")).to.equal("none");
  });

  it("SubsystemRefused: SSH without NETCONF", async () => {
    const device = await startSshDevice({ offers: "nothing" });
    const fabric = await start({
      prepare: async (at) => {
        await login(at, USERNAME, PASSWORD);
        await knownHosts(at, (text) => `${text}${device.knownHost}\n`);
        await update(
          { store: at.store, kind: "Fabric", key: { namespace: NAMESPACE, name: "dc1" } },
          ({ spec }) => {
            const leaf = spec.devices.find(({ name }) => name === "leaf1");
            if (leaf !== undefined) leaf.address = `${device.host}:${String(device.port)}`;
          },
        );
      },
    });
    expect(await problemOf(fabric, "leaf1")).to.match(
      /^SubsystemRefused .*\(set system services netconf ssh\)$/,
    );
    await device.close();
  });

  it("HostKeyChanged over the reboot: told, never accepted, and the device stays drained", async () => {
    const fabric = await start({
      campaign: only("leaf1"),
      faults: [{ device: "leaf1", fault: "hostKeyChangesOnReboot" }],
    });
    const upgrade = await fabric.until("told", async () => {
      const found = await fabric.upgrade("leaf1");
      return /presents a .* key/.test(found?.status?.message ?? "") ? found : undefined;
    });
    expect(upgrade.status?.message).to.contain("find out why");
    expect(upgrade.status?.state).to.equal("Unknown");
    await fabric.untilPhase("Unknown");
    const before = fabric.device("leaf1").rpcLog.length;
    await fabric.pass(600);
    expect(fabric.device("leaf1").rpcLog.length, "not a request over that key").to.equal(before);
    expect(fabric.configurationOf("leaf1")).to.not.equal(fabric.foundConfigurationOf("leaf1"));
    const ledger = (await fabric.fabric()).status?.outOfService ?? [];
    expect(ledger.map(({ device }) => device)).to.deep.equal(["leaf1"]);
    expect(fabric.device("leaf1").counters.reboots).to.equal(1);
  });
});
