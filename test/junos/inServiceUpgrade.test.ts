import { expect } from "chai";
import { requestFailover, resetFailover } from "../../src/junos/clusterFailover.ts";
import {
  abortInServiceUpgrade,
  classifyInServiceUpgrade,
  parseUpgradeProgress,
  readUpgradeProgress,
  requestInServiceUpgrade,
} from "../../src/junos/inServiceUpgrade.ts";
import { parseReply } from "../../src/netconf/xml.ts";
import { renderXml } from "../../src/netconf/xml.ts";
import { answering } from "./answeringCaller.ts";

const said = (text: string): string => `<rpc-reply><output>\n${text}\n</output></rpc-reply>`;

describe("junos: in-service upgrades of a cluster", () => {
  it("IS-1 the request names the package and says reboot, which the larger models demand", async () => {
    const caller = answering(said("System going down IMMEDIATELY"));
    const reply = await requestInServiceUpgrade(caller, { packagePath: "/var/tmp/junos.tgz" });
    expect(renderXml(caller.sent[0] ?? parseReply("<none/>"))).to.match(
      /^<request-package-in-service-upgrade>\s*<package-name>\/var\/tmp\/junos.tgz<\/package-name>\s*<reboot\/>\s*</,
    );
    expect(reply.verdict).to.equal("GoingDown");
  });

  it("a VM host and an upgrade without sessions have their own words", async () => {
    const caller = answering(said("x"), said("x"));
    await requestInServiceUpgrade(caller, { packagePath: "/var/tmp/a.tgz", vmhost: true });
    await requestInServiceUpgrade(caller, { packagePath: "/var/tmp/a.tgz", withoutSessions: true });
    const [vmhost, icu] = caller.sent;
    expect(vmhost?.name).to.equal("request-vmhost-package-in-service-upgrade");
    expect(icu?.children.map(({ name }) => name)).to.deep.equal(["package-name", "reboot", "no-sync"]);
  });

  const REFUSALS = [
    "'reboot' keyword must be specified. Aborting ISSU",
    "ISSU: not supported on this platform",
    "ISSU can only be initiated from the primary node",
    "ISSU aborted: secondary node is not ready",
    "ERROR: Validation failed",
    "Insufficient disk space on node1 /var",
    "ERROR: package: /var/tmp/x.tgz is not found or empty",
  ];
  for (const text of REFUSALS) {
    it(`is refused by "${text}"`, () => {
      const { verdict, message } = classifyInServiceUpgrade(
        parseReply(said(`ISSU: Validating package\n${text}`)),
      );
      expect(verdict).to.equal("Refused");
      expect(message).to.equal(text);
    });
  }

  it("an error element refuses; what a validation prints on its way does not", () => {
    const failed = parseReply(
      "<rpc-reply><rpc-error><error-severity>error</error-severity><error-message>permission denied</error-message></rpc-error></rpc-reply>",
    );
    expect(classifyInServiceUpgrade(failed)).to.include({ verdict: "Refused", message: "permission denied" });
    const running = said("ISSU: Validating Image\nmgd: error: no such daemon\nPushing bundle to node1");
    expect(classifyInServiceUpgrade(parseReply(running)).verdict).to.equal("Unproven");
  });

  it("IS-8 progress is read from the text of each node, whatever elements it stands in", () => {
    const reply = parseReply(`<rpc-reply><multi-routing-engine-results>
      <multi-routing-engine-item><re-name>node0</re-name><issu-information><a>
 CS Prereq            10 of 10 SPUs completed
   1. if_state sync          10 SPUs completed
 CS RTO sync          4 of 10 SPUs completed</a></issu-information></multi-routing-engine-item>
      <multi-routing-engine-item><re-name>node1</re-name><issu-information><a>
 CS Postreq           0 of 10 SPUs completed</a></issu-information></multi-routing-engine-item>
      </multi-routing-engine-results></rpc-reply>`);
    expect(parseUpgradeProgress(reply)).to.deep.equal([
      {
        engineName: "node0",
        stages: [
          { name: "CS Prereq", completed: 10, total: 10 },
          { name: "CS RTO sync", completed: 4, total: 10 },
        ],
      },
      { engineName: "node1", stages: [{ name: "CS Postreq", completed: 0, total: 10 }] },
    ]);
  });

  it("a reply of unknown shape, and a device that does not know the question, say nothing", async () => {
    expect(parseUpgradeProgress(parseReply("<rpc-reply><output>all well</output></rpc-reply>"))).to.equal(
      null,
    );
    const unknown =
      "<rpc-reply><rpc-error><error-severity>error</error-severity><error-message>syntax error</error-message></rpc-error></rpc-reply>";
    expect(await readUpgradeProgress(answering(unknown))).to.equal(null);
  });

  it("IS-3 failover names node and group by number, and is taken back per group", async () => {
    const caller = answering(
      said("Initiated manual failover for redundancy group 1"),
      said("done"),
      said("ok"),
    );
    await requestFailover(caller, { group: 1, node: "node0" });
    await resetFailover(caller, 1);
    await abortInServiceUpgrade(caller);
    expect(
      caller.sent.map((rpc) => [rpc.name, ...rpc.children.map(({ name, text }) => `${name}=${text}`)]),
    ).to.deep.equal([
      ["request-chassis-cluster-failover", "redundancy-group=1", "node=0"],
      ["request-chassis-cluster-failover-reset", "redundancy-group=1"],
      ["request-chassis-cluster-in-service-upgrade", "abort="],
    ]);
  });
});
