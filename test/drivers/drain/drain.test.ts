import { expect } from "chai";
import fc from "fast-check";

import { chooseTechniques } from "../../../src/drivers/drain/choose.ts";
import {
  drainAccess,
  DrainRefused,
  drainRoutes,
  undrainAccess,
  undrainRoutes,
} from "../../../src/drivers/drain/drain.ts";
import {
  readDrainableConfiguration,
  type DrainProblemCode,
} from "../../../src/junos/drain/drainableConfiguration.ts";
import { drainToken } from "../../../src/junos/drain/existingDrain.ts";
import { applyCommands } from "../../junos/configurationModel.ts";

type Lines = readonly string[];

const TOKEN = "default/dc1-24q4/leaf1";

const LEAF: Lines = [
  "set version 21.4R3-S5.4",
  "set groups re0 system host-name leaf1-re0",
  "set apply-groups re0",
  "set interfaces xe-0/0/1 ether-options 802.3ad ae1",
  "set interfaces ae1 esi 00:11:22:33:44:55:00:00:01:00",
  "set interfaces ae1 esi all-active",
  "set interfaces ae1 esi df-election-type preference value 100",
  "set interfaces ae1 aggregated-ether-options lacp active",
  "set interfaces ae2 esi 00:11:22:33:44:55:00:00:02:00",
  "set interfaces ae2 esi all-active",
  "set interfaces ae3 disable",
  "set interfaces ae3 esi 00:11:22:33:44:55:00:00:03:00",
  "set policy-options policy-statement UNDERLAY-EXPORT term loopback from interface lo0.0",
  "set policy-options policy-statement UNDERLAY-EXPORT term loopback then accept",
  "set policy-options policy-statement UNDERLAY-EXPORT then reject",
  "set routing-options autonomous-system 65000",
  "set protocols bgp group UNDERLAY type external",
  "set protocols bgp group UNDERLAY export UNDERLAY-EXPORT",
  "set protocols bgp group UNDERLAY local-as 65101",
  "set protocols bgp group UNDERLAY neighbor 10.0.0.0 peer-as 65201",
  "set protocols bgp group UNDERLAY neighbor 10.0.0.2 peer-as 65202",
  "set protocols bgp group UNDERLAY neighbor 10.0.0.2 export TO-SPINE2",
  "set protocols bgp group UNDERLAY neighbor 10.0.0.2 export UNDERLAY-EXPORT",
  "set protocols bgp group OVERLAY type internal",
  "set protocols bgp group OVERLAY family evpn signaling",
  "set protocols bgp group OVERLAY neighbor 192.0.2.1",
];

function drainable(lines: Lines): ReturnType<typeof readDrainableConfiguration> {
  return readDrainableConfiguration(lines);
}

function routesDrained(lines: Lines, token = TOKEN): Lines {
  return applyCommands(lines, drainRoutes(drainable(lines), { token }));
}

function accessDrained(lines: Lines): Lines {
  return applyCommands(lines, drainAccess(drainable(lines)));
}

function undrained(lines: Lines): Lines {
  const withAccess = applyCommands(lines, undrainAccess(drainable(lines)));
  return applyCommands(withAccess, undrainRoutes(drainable(withAccess)));
}

/** The values of a statement, in order. */
function values(lines: Lines, path: string): Lines {
  return lines.filter((line) => line.startsWith(`set ${path} `)).map((line) => line.slice(path.length + 5));
}

function problemCodes(lines: Lines): readonly DrainProblemCode[] {
  return drainable(lines).problems.map(({ code }) => code);
}

describe("reading a configuration for a drain", () => {
  it("finds groups, segments and access interfaces", () => {
    const { bgpGroups, segments, accessInterfaces, existingDrain, problems } = drainable(LEAF);
    expect(bgpGroups.map(({ name, type, evpn, path }) => [name, type, evpn, path])).to.deep.equal([
      ["UNDERLAY", "external", false, "protocols bgp group UNDERLAY"],
      ["OVERLAY", "internal", true, "protocols bgp group OVERLAY"],
    ]);
    expect(bgpGroups[0]?.chain.policies).to.deep.equal(["UNDERLAY-EXPORT"]);
    expect(bgpGroups[0]?.neighbourChains.map(({ policies }) => policies)).to.deep.equal([
      ["TO-SPINE2", "UNDERLAY-EXPORT"],
    ]);
    expect(segments.map(({ interface: name, esi, dfPreference }) => [name, esi, dfPreference])).to.deep.equal(
      [
        ["ae1", "00:11:22:33:44:55:00:00:01:00", 100],
        ["ae2", "00:11:22:33:44:55:00:00:02:00", undefined],
        ["ae3", "00:11:22:33:44:55:00:00:03:00", undefined],
      ],
    );
    expect(accessInterfaces).to.deep.equal([
      { name: "ae1", path: "interfaces ae1", disabled: false },
      { name: "ae2", path: "interfaces ae2", disabled: false },
      { name: "ae3", path: "interfaces ae3", disabled: true },
    ]);
    expect(existingDrain).to.equal(null);
    expect(problems).to.deep.equal([]);
  });

  it("tells the type of a group from its autonomous systems where it is not stated", () => {
    const lines = [
      "set routing-options autonomous-system 65000",
      "set protocols bgp group A neighbor 10.0.0.1 peer-as 65001",
      "set protocols bgp group B peer-as 65000",
      "set protocols bgp group B neighbor 10.0.0.3",
      "set protocols bgp group C neighbor 10.0.0.4 peer-as 65000",
      "set protocols bgp group C neighbor 10.0.0.5 peer-as 65009",
    ];
    expect(drainable(lines).bgpGroups.map(({ name, type }) => [name, type])).to.deep.equal([
      ["A", "external"],
      ["B", "internal"],
    ]);
    expect(problemCodes(lines)).to.deep.equal(["GroupTypeUnknown"]);
  });

  it("leaves out what is deactivated", () => {
    const lines = [...LEAF, "deactivate protocols bgp group UNDERLAY", "deactivate interfaces ae2"];
    const { bgpGroups, segments, problems } = drainable(lines);
    expect(bgpGroups.map(({ name }) => name)).to.deep.equal(["OVERLAY"]);
    expect(segments.map((segment) => segment.interface)).to.deep.equal(["ae1", "ae3"]);
    expect(problems).to.deep.equal([]);
  });
});

describe("draining routes", () => {
  it("HL-2 makes the underlay less attractive, before any other policy", () => {
    const lines = routesDrained(LEAF);
    expect(values(lines, "policy-options policy-statement HITLESS-DRAIN-UNDERLAY")).to.deep.equal([
      'then as-path-prepend "65101 65101 65101"',
      "then community add HITLESS-DRAIN",
      "then next policy",
    ]);
    expect(values(lines, "policy-options community HITLESS-DRAIN")).to.deep.equal(["members 65535:0"]);
    expect(values(lines, "protocols bgp group UNDERLAY export")).to.deep.equal([
      "HITLESS-DRAIN-UNDERLAY",
      "UNDERLAY-EXPORT",
    ]);
  });

  it("HL-2 drains a neighbour's own export chain, too", () => {
    expect(
      values(routesDrained(LEAF), "protocols bgp group UNDERLAY neighbor 10.0.0.2 export"),
    ).to.deep.equal(["HITLESS-DRAIN-UNDERLAY", "TO-SPINE2", "UNDERLAY-EXPORT"]);
    expect(
      values(routesDrained(LEAF), "protocols bgp group UNDERLAY neighbor 10.0.0.0 export"),
    ).to.deep.equal([]);
  });

  it("HL-2 withdraws the device's segments from the overlay", () => {
    const lines = routesDrained(LEAF);
    expect(
      values(lines, "policy-options policy-statement HITLESS-DRAIN-OVERLAY term segments"),
    ).to.deep.equal(["from family evpn", "from nlri-route-type 1", "then reject"]);
    expect(values(lines, "protocols bgp group OVERLAY export")).to.deep.equal(["HITLESS-DRAIN-OVERLAY"]);
  });

  it("never accepts what a later policy would reject", () => {
    const verdicts = routesDrained(LEAF).filter((line) => /HITLESS-DRAIN-\S+ .*then accept/.test(line));
    expect(verdicts).to.deep.equal([]);
  });

  it("lowers the forwarder preference only where the forwarder is elected by preference", () => {
    const lines = routesDrained(LEAF);
    expect(values(lines, "interfaces ae1 esi df-election-type")).to.deep.equal(["preference value 0"]);
    expect(values(lines, "interfaces ae2 esi df-election-type")).to.deep.equal([]);
  });

  it("puts the token on the device", () => {
    expect(drainToken(LEAF)).to.equal(undefined);
    expect(drainToken(routesDrained(LEAF))).to.equal(TOKEN);
    expect(routesDrained(LEAF)).to.include(`set apply-macro hitless holder "${TOKEN}"`);
  });

  it("has nothing left to do when it is done, however the device quotes", () => {
    const lines = routesDrained(LEAF).map((line) => line.replace(`"${TOKEN}"`, TOKEN));
    expect(drainRoutes(drainable(lines), { token: TOKEN })).to.deep.equal([]);
  });

  it("repeats an inherited export chain at the group, which would lose it otherwise", () => {
    const lines = [
      "set protocols bgp export GLOBAL-1",
      "set protocols bgp export GLOBAL-2",
      "set protocols bgp local-as 65101",
      "set protocols bgp group UNDERLAY type external",
      "set protocols bgp group UNDERLAY neighbor 10.0.0.0 peer-as 65201",
    ];
    const drained = routesDrained(lines);
    expect(values(drained, "protocols bgp group UNDERLAY export")).to.deep.equal([
      "HITLESS-DRAIN-UNDERLAY",
      "GLOBAL-1",
      "GLOBAL-2",
    ]);
    expect(values(drained, "protocols bgp export")).to.deep.equal(["GLOBAL-1", "GLOBAL-2"]);
    expect(undrained(drained)).to.deep.equal(lines);
  });

  it("prepends the AS that each group speaks as", () => {
    const lines = [
      "set routing-options autonomous-system 65000",
      "set protocols bgp group UNDERLAY type external",
      "set protocols bgp group UNDERLAY local-as 65101",
      "set protocols bgp group UNDERLAY neighbor 10.0.0.0 peer-as 65201",
      "set routing-instances VRF1 protocols bgp group FIREWALLS type external",
      "set routing-instances VRF1 protocols bgp group FIREWALLS neighbor 10.9.0.1 peer-as 64999",
    ];
    const drained = routesDrained(lines);
    expect(values(drained, "protocols bgp group UNDERLAY export")).to.deep.equal([
      "HITLESS-DRAIN-UNDERLAY-65101",
    ]);
    expect(values(drained, "routing-instances VRF1 protocols bgp group FIREWALLS export")).to.deep.equal([
      "HITLESS-DRAIN-UNDERLAY-65000",
    ]);
    expect(drained).to.include(
      'set policy-options policy-statement HITLESS-DRAIN-UNDERLAY-65000 then as-path-prepend "65000 65000 65000"',
    );
    expect(undrained(drained)).to.deep.equal(lines);
  });

  it("does not filter what a route reflector passes on", () => {
    const spine = [
      "set routing-options autonomous-system 65000",
      "set protocols bgp group UNDERLAY type external",
      "set protocols bgp group UNDERLAY local-as 65201",
      "set protocols bgp group UNDERLAY neighbor 10.0.0.1 peer-as 65101",
      "set protocols bgp group OVERLAY type internal",
      "set protocols bgp group OVERLAY family evpn signaling",
      "set protocols bgp group OVERLAY cluster 192.0.2.1",
      "set protocols bgp group OVERLAY neighbor 192.0.2.11",
    ];
    const drained = routesDrained(spine);
    expect(values(drained, "protocols bgp group OVERLAY export")).to.deep.equal([]);
    expect(values(drained, "protocols bgp group UNDERLAY export")).to.deep.equal(["HITLESS-DRAIN-UNDERLAY"]);
  });

  it("withdraws segments from an external overlay, without touching its AS paths", () => {
    const lines = [
      "set interfaces ae1 esi 00:11:22:33:44:55:00:00:01:00",
      "set protocols bgp group OVERLAY type external",
      "set protocols bgp group OVERLAY family evpn signaling",
      "set protocols bgp group OVERLAY neighbor 192.0.2.1 peer-as 65201",
    ];
    expect(values(routesDrained(lines), "protocols bgp group OVERLAY export")).to.deep.equal([
      "HITLESS-DRAIN-OVERLAY",
    ]);
  });

  it("tells interior protocols to avoid the device, and leaves an overload that was there", () => {
    const lines = [
      "set protocols ospf area 0.0.0.0 interface et-0/0/48.0",
      "set protocols isis interface et-0/0/49.0",
      "set protocols isis overload",
    ];
    const commands = drainRoutes(drainable(lines), { token: TOKEN });
    expect(commands).to.include("set protocols ospf overload");
    expect(commands.filter((command) => command.includes("protocols isis"))).to.deep.equal([]);
    expect(undrained(applyCommands(lines, commands))).to.deep.equal(lines);
  });

  it("an overload that ends by itself is made to last, and is as found afterwards", () => {
    const lines = [
      "set protocols isis interface et-0/0/49.0",
      "set protocols isis overload timeout 60",
      "set protocols isis overload advertise-high-metrics",
    ];
    const drained = routesDrained(lines);
    expect(values(drained, "protocols isis overload")).to.deep.equal(["advertise-high-metrics"]);
    expect(drainRoutes(drainable(drained), { token: TOKEN })).to.deep.equal([]);
    expect(undrained(drained)).to.deep.equal(lines);
    const plain = lines.slice(0, 2);
    expect(routesDrained(plain)).to.include("set protocols isis overload advertise-high-metrics");
    expect(undrained(routesDrained(plain))).to.deep.equal(plain);
  });
});

describe("graceful shutdown", () => {
  const ASKED = "GracefulShutdown";

  function announced(lines: Lines): Lines {
    const [techniques] = chooseTechniques(drainable(lines), "Routes", ASKED).candidates;
    if (techniques === undefined) return expect.fail("it is refused");
    return applyCommands(lines, drainRoutes(drainable(lines), { token: TOKEN, techniques }));
  }

  function refused(lines: Lines): readonly string[] {
    return chooseTechniques(drainable(lines), "Routes", ASKED).problems.map(({ statement }) => statement);
  }

  it("HL-2 HL-3 is announced at every level that says something of its own, where that stands", () => {
    const lines = [
      ...LEAF,
      "set protocols bgp group UNDERLAY graceful-shutdown receiver local-preference 5",
      "set groups FABRIC protocols bgp group DCI graceful-shutdown receiver local-preference 7",
      "set groups FABRIC protocols bgp group DCI type internal",
      "set apply-groups FABRIC",
    ];
    const drained = announced(lines);
    expect(drained.filter((line) => line.endsWith(" graceful-shutdown sender"))).to.have.members([
      "set protocols bgp graceful-shutdown sender",
      "set protocols bgp group UNDERLAY graceful-shutdown sender",
      "set groups FABRIC protocols bgp group DCI graceful-shutdown sender",
    ]);
    expect(undrained(accessDrained(drained))).to.deep.equal(lines);
  });

  it("HL-3 leaves one that was announced before", () => {
    const lines = [...LEAF, "set protocols bgp graceful-shutdown sender local-preference 3"];
    const drained = announced(lines);
    expect(values(drained, "protocols bgp graceful-shutdown")).to.deep.equal(["sender local-preference 3"]);
    expect(undrained(drained)).to.deep.equal(lines);
  });

  it("HL-3 a part of BGP that is switched off is none that says anything", () => {
    const lines = [
      ...LEAF,
      "set protocols bgp group OLD graceful-shutdown receiver disable",
      "deactivate protocols bgp group OLD",
    ];
    expect(refused(lines)).to.deep.equal([]);
    expect(undrained(announced(lines))).to.deep.equal(lines);
  });

  it("HL-2 is refused beside what excludes it, and where it could not be restored", () => {
    const shutdown = "protocols bgp graceful-shutdown";
    expect(refused([...LEAF, `set ${shutdown} receiver disable`])).to.deep.equal([
      `${shutdown} receiver disable`,
    ]);
    expect(refused([...LEAF, `set ${shutdown} sender`, `deactivate ${shutdown}`])).to.deep.equal([
      `${shutdown} sender`,
    ]);
    const instance = "set routing-instances VRF1 protocols bgp group FIREWALLS type external";
    expect(
      refused([...LEAF, instance, "set routing-instances VRF1 protocols bgp group FIREWALLS peer-as 1"])[0],
    ).to.contain("routing-instances VRF1");
    expect(refused(["set version 18.4R2-S3.4", ...LEAF.slice(1)])[0]).to.contain("needs 19.1R1");
  });
});

describe("draining access", () => {
  it("HL-2 switches off each interface with a segment, but none that was off as found", () => {
    const commands = drainAccess(drainable(routesDrained(LEAF)));
    expect(commands.filter((command) => command.startsWith("set interfaces"))).to.deep.equal([
      "set interfaces ae1 disable",
      "set interfaces ae2 disable",
    ]);
    expect(drainAccess(drainable(accessDrained(routesDrained(LEAF))))).to.deep.equal([]);
  });

  it("leaves an interface alone that was off as found, also on the way back", () => {
    const back = undrained(accessDrained(routesDrained(LEAF)));
    expect(back).to.include("set interfaces ae3 disable").and.not.include("set interfaces ae1 disable");
  });

  it("takes back only its own part", () => {
    const routes = routesDrained(LEAF);
    const drained = accessDrained(routes);
    expect(applyCommands(drained, undrainAccess(drainable(drained)))).to.deep.equal(routes);
  });
});

describe("taking a drain back", () => {
  it("HL-3 leaves the configuration as it was found, to the letter", () => {
    expect(undrained(accessDrained(routesDrained(LEAF)))).to.deep.equal(LEAF);
    expect(undrained(routesDrained(LEAF))).to.deep.equal(LEAF);
  });

  it("HL-3 works in the other order, too", () => {
    const drained = accessDrained(routesDrained(LEAF));
    const routesBack = applyCommands(drained, undrainRoutes(drainable(drained)));
    expect(drainToken(routesBack)).to.equal(TOKEN);
    const back = applyCommands(routesBack, undrainAccess(drainable(routesBack)));
    expect(back.filter((line) => !line.startsWith("set apply-macro hitless"))).to.deep.equal(LEAF);
    expect(applyCommands(back, undrainRoutes(drainable(back)))).to.deep.equal(LEAF);
  });

  it("has nothing to do on a device that is not drained", () => {
    expect(undrainAccess(drainable(LEAF))).to.deep.equal([]);
    expect(undrainRoutes(drainable(LEAF))).to.deep.equal([]);
    expect(undrainAccess(drainable(routesDrained(LEAF)))).to.deep.equal([]);
  });

  it("keeps what somebody else changed meanwhile", () => {
    const drained = accessDrained(routesDrained(LEAF));
    const changed = [
      ...drained.filter((line) => line !== "set interfaces ae1 disable"),
      "set protocols bgp group UNDERLAY export ADDED-LATER",
      "set interfaces ae9 description new",
    ];
    expect(undrained(changed).toSorted()).to.deep.equal(
      [
        ...LEAF,
        "set protocols bgp group UNDERLAY export ADDED-LATER",
        "set interfaces ae9 description new",
      ].toSorted(),
    );
  });
});

describe("a drained device that somebody has changed", () => {
  it("is undrained although a drained group was deactivated or is not understood any more", () => {
    const drained = accessDrained(routesDrained(LEAF));
    const deactivated = [...drained, "deactivate protocols bgp group UNDERLAY"];
    expect(undrained(deactivated)).to.deep.equal([...LEAF, "deactivate protocols bgp group UNDERLAY"]);
    const type = "set protocols bgp group OVERLAY type internal";
    const withoutType = drained.filter((line) => line !== type);
    expect(undrained(withoutType)).to.deep.equal(LEAF.filter((line) => line !== type));
  });

  it("keeps a forwarder preference that was set meanwhile", () => {
    const path = "interfaces ae1 esi df-election-type preference value";
    const changed = applyCommands(routesDrained(LEAF), [`set ${path} 50`]);
    expect(undrained(changed)).to.deep.equal(applyCommands(LEAF, [`set ${path} 50`]));
  });
});

describe("a drain is refused", () => {
  const cases: readonly (readonly [string, Lines, DrainProblemCode])[] = [
    [
      "where groups hold what has to change, by a wildcard",
      ["set groups FABRIC protocols bgp group <*> type external", "set apply-groups FABRIC"],
      "StatementsInGroups",
    ],
    [
      "where a level of BGP stands in two places",
      [...LEAF, "set groups FABRIC protocols bgp group OVERLAY multipath", "set apply-groups FABRIC"],
      "StatementsInGroups",
    ],
    [
      "where an Ethernet segment stands in two places",
      [...LEAF, "set groups FABRIC interfaces ae1 esi all-active", "set apply-groups FABRIC"],
      "StatementsInGroups",
    ],
    [
      "where groups hold segments",
      ["set groups LAGS interfaces <ae*> esi all-active", "set interfaces apply-groups LAGS"],
      "StatementsInGroups",
    ],
    [
      "where an export chain is deactivated",
      [...LEAF, "deactivate protocols bgp group UNDERLAY export"],
      "StatementInactive",
    ],
    [
      "where a disable is deactivated",
      [...LEAF, "set interfaces ae1 disable", "deactivate interfaces ae1 disable"],
      "StatementInactive",
    ],
    [
      "where an overload is deactivated",
      [
        "set protocols isis interface et-0/0/49.0",
        "set protocols isis overload",
        "deactivate protocols isis overload",
      ],
      "StatementInactive",
    ],
    [
      "where statements are protected",
      [...LEAF, "protect protocols bgp group UNDERLAY"],
      "StatementProtected",
    ],
    [
      "where BGP runs in a logical system",
      [...LEAF, "set logical-systems LS1 protocols bgp group X type external"],
      "LogicalSystem",
    ],
    [
      "where the own AS is unknown",
      [
        "set protocols bgp group UNDERLAY type external",
        "set protocols bgp group UNDERLAY neighbor 10.0.0.0",
      ],
      "AutonomousSystemUnknown",
    ],
    [
      "on a route reflector with segments",
      [...LEAF, "set protocols bgp group OVERLAY cluster 192.0.2.1"],
      "ReflectorWithSegments",
    ],
    [
      "where its names are taken",
      [...LEAF, "set policy-options policy-statement HITLESS-DRAIN-OVERLAY then reject"],
      "NameTaken",
    ],
  ];
  for (const [title, lines, code] of cases) {
    it(title, () => {
      expect(problemCodes(lines)).to.deep.equal([code]);
      // No graceful shutdown, which does without export chains.
      const old = ["set version 18.4R2-S3.4", ...lines.filter((line) => !line.startsWith("set version"))];
      expect(() => drainRoutes(drainable(old), { token: TOKEN })).to.throw(DrainRefused, code);
    });
  }

  it("where somebody else has drained the device", () => {
    const lines = routesDrained(LEAF, "other/campaign/leaf1");
    expect(() => drainRoutes(drainable(lines), { token: TOKEN })).to.throw(DrainRefused, "ForeignDrain");
  });

  it("but not for groups that are not applied or hold something else", () => {
    expect(
      problemCodes([...LEAF, "set groups OLD protocols bgp group UNDERLAY type external"]),
    ).to.deep.equal([]);
    expect(problemCodes([...LEAF, "set groups re0 interfaces fxp0 unit 0 family inet"])).to.deep.equal([]);
  });

  it("but a drain that is there is taken back all the same", () => {
    const drained = accessDrained(routesDrained(LEAF));
    const protectedLines = [...drained, "protect protocols ospf"];
    expect(undrained(protectedLines)).to.deep.equal([...LEAF, "protect protocols ospf"]);
  });
});

describe("any configuration", () => {
  const name = fc.constantFrom("UNDERLAY", '"A GROUP"', "OVERLAY", "DCI-1", "X_Y");
  const policies = fc.uniqueArray(fc.constantFrom("P1", '"P 2"', "P3", "P4"), { maxLength: 3 });
  const address = fc.constantFrom("10.0.0.0", "10.0.0.2", "2001:db8::1");
  const families = fc.subarray(["inet unicast", "evpn signaling", "inet6 unicast"]);
  const neighbour = fc.record({
    address,
    exports: policies,
    families,
    peerAs: fc.constantFrom("65201", "65202"),
  });
  const group = fc.record({
    name,
    type: fc.constantFrom("internal", "external"),
    exports: policies,
    families,
    localAs: fc.option(fc.constantFrom("65101", "65102"), { nil: undefined }),
    neighbours: fc.uniqueArray(neighbour, { maxLength: 3, selector: (value) => value.address }),
    inactive: fc.boolean(),
    instance: fc.constantFrom("", "routing-instances VRF1 "),
  });
  const segment = fc.record({
    interface: fc.constantFrom("ae1", "ae2", "ae3", "xe-0/0/5"),
    unit: fc.constantFrom("", "unit 0 "),
    preference: fc.option(fc.integer({ min: 0, max: 1000 }), { nil: undefined }),
    disabled: fc.boolean(),
  });
  const configuration = fc
    .record({
      topExports: policies,
      groups: fc.uniqueArray(group, { maxLength: 4, selector: (value) => value.instance + value.name }),
      segments: fc.uniqueArray(segment, { maxLength: 4, selector: (value) => value.interface }),
      ospf: fc.boolean(),
    })
    .map(({ topExports, groups, segments, ospf }): Lines => [
      "set version 23.4R2-S3.9",
      "set routing-options autonomous-system 65000",
      ...topExports.map((policy) => `set protocols bgp export ${policy}`),
      ...(ospf ? ["set protocols ospf area 0.0.0.0 interface et-0/0/48.0"] : []),
      ...groups.flatMap((one) => {
        const path = `${one.instance}protocols bgp group ${one.name}`;
        return [
          `set ${path} type ${one.type}`,
          ...one.exports.map((policy) => `set ${path} export ${policy}`),
          ...one.families.map((family) => `set ${path} family ${family}`),
          ...(one.localAs === undefined ? [] : [`set ${path} local-as ${one.localAs}`]),
          ...one.neighbours.flatMap((peer) => [
            `set ${path} neighbor ${peer.address} peer-as ${peer.peerAs}`,
            ...peer.exports.map((policy) => `set ${path} neighbor ${peer.address} export ${policy}`),
            ...peer.families.map((family) => `set ${path} neighbor ${peer.address} family ${family}`),
          ]),
          ...(one.inactive ? [`deactivate ${path}`] : []),
        ];
      }),
      ...segments.flatMap((one) => {
        const path = `interfaces ${one.interface} ${one.unit}esi`;
        return [
          `set ${path} 00:11:22:33:44:55:00:00:01:00`,
          ...(one.preference === undefined
            ? []
            : [`set ${path} df-election-type preference value ${one.preference}`]),
          ...(one.disabled ? [`set interfaces ${one.interface} disable`] : []),
        ];
      }),
    ]);

  /** The chain in effect for a neighbour, read from the text alone. */
  function effectiveChain(lines: Lines, path: string): Lines {
    const levels = [path, path.replace(/ neighbor \S+$/, ""), path.replace(/ group .*$/, "")];
    return levels.map((level) => values(lines, `${level} export`)).find((chain) => chain.length > 0) ?? [];
  }

  it("HL-3 is the same to the letter after drain and undrain", () => {
    fc.assert(
      fc.property(configuration, (lines) => {
        const drained = accessDrained(routesDrained(lines));
        expect(undrained(drained)).to.deep.equal(lines);
      }),
      { seed: 11, numRuns: 300 },
    );
  });

  it("HL-3 is the same to the letter, too, where a group holds all of it, and is changed in that group only", () => {
    fc.assert(
      fc.property(configuration, (lines) => {
        const grouped = [
          ...lines.map((line) => line.replace(/^(set|deactivate) (?!version)/, "$1 groups FABRIC ")),
          "set apply-groups FABRIC",
        ];
        const drained = accessDrained(routesDrained(grouped));
        const changes = drained.filter((line) => !grouped.includes(line));
        expect(
          changes.filter((line) => /^set (?:interfaces|protocols|routing-instances) /.test(line)),
        ).to.deep.equal([]);
        expect(undrained(drained)).to.deep.equal(grouped);
        const same = accessDrained(routesDrained(lines)).length - lines.length;
        expect(drained.length - grouped.length).to.equal(same);
      }),
      { seed: 14, numRuns: 200 },
    );
  });

  it("HL-2 has nothing to do twice", () => {
    fc.assert(
      fc.property(configuration, (lines) => {
        const drained = accessDrained(routesDrained(lines));
        expect(drainRoutes(drainable(drained), { token: TOKEN })).to.deep.equal([]);
        expect(drainAccess(drainable(drained))).to.deep.equal([]);
      }),
      { seed: 12, numRuns: 300 },
    );
  });

  it("HL-2 keeps every policy in effect that was, behind those of the drain", () => {
    fc.assert(
      fc.property(configuration, (lines) => {
        const drained = routesDrained(lines);
        const peers = lines
          .map(
            (line) =>
              /^set (?<path>.*protocols bgp group .* neighbor \S+) peer-as/.exec(line)?.groups?.["path"],
          )
          .filter((path) => path !== undefined);
        for (const path of peers) {
          const after = effectiveChain(drained, path);
          const ours = after.filter((policy) => policy.startsWith("HITLESS-DRAIN"));
          expect(after.slice(0, ours.length)).to.deep.equal(ours);
          expect(after.slice(ours.length)).to.deep.equal(effectiveChain(lines, path));
        }
      }),
      { seed: 13, numRuns: 300 },
    );
  });
});
