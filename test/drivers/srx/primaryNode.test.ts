/** Which node a step talks to: the one that runs the cluster, wherever it answers. */
import { expect } from "chai";
import { connectToPrimary } from "../../../src/drivers/srx/primaryNode.ts";
import { Unreachable, type DeviceConnection, type RunContext } from "../../../src/drivers/driver.ts";
import { answering } from "../../junos/answeringCaller.ts";

/** The status as `node` tells it, with `primary` as the node that runs the cluster. */
function told(node: string, primary: string): string {
  const row = (name: string): string =>
    `<device-name>${name}</device-name><device-priority>100</device-priority><redundancy-group-status>${name === primary ? "primary" : "secondary"}</redundancy-group-status>`;
  return `<rpc-reply><chassis-cluster-status><cluster-id>1</cluster-id><redundancy-group><redundancy-group-id>0</redundancy-group-id><device-stats>${row("node0")}${row("node1")}</device-stats></redundancy-group></chassis-cluster-status><cli><banner>{x:${node}}</banner></cli></rpc-reply>`;
}

/** Answers by the address that is dialled; the device's own is `address`. */
function contextOf(
  answers: Readonly<Record<string, string | Unreachable>>,
  dialled: string[],
): Pick<RunContext, "device" | "connect"> {
  return {
    device: {
      name: "fw1",
      address: "192.0.2.1",
      model: "srx1500",
      family: "junos-srx",
      role: "Firewall",
      controlPlanes: [
        { name: "node0", address: "192.0.2.2" },
        { name: "node1", address: "192.0.2.3" },
      ],
    },
    connect: async (_device, controlPlane): Promise<DeviceConnection> => {
      const place = controlPlane ?? "address";
      dialled.push(place);
      const answer = answers[place];
      if (answer === undefined || answer instanceof Unreachable) throw answer ?? new Error(place);
      return { main: answering(answer), longRunning: async () => answering() };
    },
  };
}

const silent = new Unreachable({ reason: "Unreachable", message: "silent" });

describe("drivers: the node that runs a cluster", () => {
  it("IS-1 is taken at the cluster's address where it answers there", async () => {
    const dialled: string[] = [];
    await connectToPrimary(contextOf({ address: told("node0", "node0") }, dialled));
    expect(dialled).to.deep.equal(["address"]);
  });

  it("IS-1 is looked for at the nodes' own addresses when the other one answers", async () => {
    const dialled: string[] = [];
    const answers = {
      address: told("node0", "node1"),
      node0: told("node0", "node1"),
      node1: told("node1", "node1"),
    };
    await connectToPrimary(contextOf(answers, dialled));
    expect(dialled).to.deep.equal(["address", "node0", "node1"]);
  });

  it("is found on the node that is left when the address of the other one is the cluster's", async () => {
    const dialled: string[] = [];
    await connectToPrimary(
      contextOf({ address: silent, node0: silent, node1: told("node1", "node1") }, dialled),
    );
    expect(dialled).to.deep.equal(["address", "node0", "node1"]);
  });

  it("a changed host key is told, and nobody else is asked", async () => {
    const dialled: string[] = [];
    const changed = new Unreachable({ reason: "HostKeyChanged", message: "another key" });
    const error = await connectToPrimary(contextOf({ address: changed }, dialled)).catch(
      (thrown: unknown) => thrown,
    );
    expect(error).to.equal(changed);
    expect(dialled).to.deep.equal(["address"]);
  });
});
