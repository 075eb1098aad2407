/** `hitless fabric graph`: DOT, Mermaid and SVG of a fabric with the batches of a plan. */
import { writeFileSync } from "node:fs";
import path from "node:path";
import { expect } from "chai";
import { XMLParser, XMLValidator } from "fast-xml-parser";
import type { Tier } from "../../src/api/plan.ts";
import { quoted, renderDot } from "../../src/cli/graph/dot.ts";
import { fabricGraph, type FabricGraph } from "../../src/cli/graph/fabricGraph.ts";
import { layOut } from "../../src/cli/graph/layout.ts";
import { renderMermaid } from "../../src/cli/graph/mermaid.ts";
import { escapeXml, renderSvg } from "../../src/cli/graph/svg.ts";
import type { Topology } from "../../src/planner/topology/topology.ts";
import { EXAMPLES, Folders, QUICKSTART, run } from "./support.ts";

const folders = new Folders();
const NASTY = [`a"b\\c`, "<script>alert('x')</script>", "a]--&b", "`#35;`", "line\nbreak", "\u0000null"];

/** Leaves in pods of eight under four spines each, the spines under four super-spines. */
function largeFabric(leaves: number): Topology {
  const device = (name: string, role: Tier): Topology["devices"][number] => ({
    name,
    role,
    overlayRoles: [],
    knowledge: "Declared",
  });
  const pods = Math.ceil(leaves / 16);
  const leafNames = Array.from({ length: leaves }, (_, index) => `leaf${String(index + 1)}`);
  const spines = Array.from({ length: pods }, (_, pod) =>
    [1, 2].map((side) => `pod${String(pod + 1)}-spine${String(side)}`),
  );
  const tops = [1, 2, 3, 4].map((number) => `superspine${String(number)}`);
  const port = (name: string, number: number): { device: string; interface: string } => ({
    device: name,
    interface: `et-0/0/${String(number)}`,
  });
  return {
    source: "declarations",
    devices: [
      ...leafNames.map((name) => device(name, "Leaf")),
      ...spines.flat().map((name) => device(name, "Spine")),
      ...tops.map((name) => device(name, "SuperSpine")),
    ],
    links: [
      ...leafNames.flatMap((leaf, index) =>
        (spines[Math.floor(index / 16)] ?? []).map((spine, side) => ({
          a: port(spine, index),
          b: port(leaf, 48 + side),
          up: true,
          provenance: "declared" as const,
        })),
      ),
      ...spines.flat().flatMap((spine, index) =>
        tops.map((top, side) => ({
          a: port(top, index),
          b: port(spine, 60 + side),
          up: true,
          provenance: "declared" as const,
        })),
      ),
    ],
    endpoints: [],
    evpnSessions: [],
    groups: [],
    protectedEndpoints: [],
    problems: [],
  };
}

function graphOf(names: readonly string[]): FabricGraph {
  const topology = largeFabric(0);
  const devices = names.map(
    (name) => ({ name, role: "Leaf", overlayRoles: [], knowledge: "Declared" }) as const,
  );
  return fabricGraph({
    title: NASTY.join(" "),
    topology: { ...topology, devices },
    plan: null,
    endpoints: false,
  });
}

/** All texts of an SVG document, after it was parsed as XML. */
function textsOf(svg: string): string[] {
  expect(XMLValidator.validate(svg)).to.equal(true);
  const found: string[] = [];
  const parser = new XMLParser({
    trimValues: false,
    tagValueProcessor: (name, value) => {
      if (name === "text") found.push(value);
      return value;
    },
  });
  parser.parse(svg);
  return found;
}

describe("hitless fabric graph", () => {
  after(() => {
    folders.removeAll();
  });

  async function graph(args: readonly string[]): Promise<string> {
    const { exitCode, stdout, stderr } = await run(["fabric", "graph", ...args]);
    expect(exitCode, stderr).to.equal(0);
    return stdout;
  }

  it("FB-1 draws the quickstart by tiers, each device with its batch, the exposed one marked", async () => {
    const dot = await graph(["-f", QUICKSTART, "-o", "dot"]);
    expect(dot).to.match(/^graph "Fabric dc1" \{\n/);
    expect(dot).to.match(/\{ rank=same; n0; n1; \}\n +\{ rank=same; n2; n3; n4; n5; n6; n7; n8; n9; \}/);
    expect(dot).to.match(/n0 \[label="spine1\\nbatch 3"/);
    expect(dot).to.match(/\[label="leaf8\\nbatch 2", .*color="#d50000"/);
    expect(dot.match(/ -- /g)).to.have.length(16);
    const fills = [...dot.matchAll(/label="(\w+)\\nbatch (\d)", fillcolor="(#\w+)"/g)];
    const colours = new Map(fills.map(([, , batch, fill]) => [batch, fill]));
    expect(new Set(colours.values()), "batches are told apart").to.have.property("size", 4);
    for (const [, , batch, fill] of fills) expect(fill).to.equal(colours.get(batch));
  });

  it("draws the same for Mermaid: subgraphs by tier, a class for each batch", async () => {
    const mermaid = await graph(["-f", QUICKSTART, "-o", "mermaid", "--endpoints"]);
    expect(mermaid).to.match(/^---\ntitle: "Fabric dc1"\n---\nflowchart TB\n {2}subgraph row0\["Spine"\]/);
    expect(mermaid).to.include('n2["leaf1<br/>batch 1"]');
    expect(mermaid).to.include('(["server13<br/>cut off"])');
    expect(mermaid).to.match(/class n2,n4,n6,n8 batch1\n/);
    expect(mermaid.match(/ --- /g)).to.have.length(16 + 9);
  });

  it("draws SVG that is XML, with all names, batches and a legend with times", async () => {
    const texts = textsOf(await graph(["-f", QUICKSTART, "--endpoints"]));
    expect(texts).to.include.members(["Fabric dc1", "spine1", "leaf8", "batch 2", "server13", "cut off"]);
    expect(texts).to.include("batch 1: Leaf, 4 devices, about 28 min");
    expect(
      texts.filter((text) => text === "and 2 more"),
      "servers on the same leaves are one",
    ).to.have.length(4);
  });

  it("draws the example with super-spines and border leaves from the top down", async () => {
    const dot = await graph(["-f", path.join(EXAMPLES, "two-pods"), "-o", "dot"]);
    const names = new Map(
      [...dot.matchAll(/(n\d+) \[label="([\w-]+)\\n/g)].map(([, id, name]) => [id, name]),
    );
    const ranks = [...dot.matchAll(/rank=same; (.*) \}/g)].map(([, ids = ""]) =>
      ids.split(" ").map((id) => names.get(id.replace(";", ""))),
    );
    expect(ranks.map((row) => row.length)).to.deep.equal([2, 4, 10]);
    expect(ranks[0]).to.deep.equal(["superspine1", "superspine2"]);
    expect(ranks[2]).to.include.members(["border1", "p2-leaf4"]);
  });

  it("draws a fabric without a campaign, and colours it by a plan from a file", async () => {
    const plan = (await run(["plan", "-f", QUICKSTART, "-o", "json"])).stdout;
    const file = path.join(folders.of({}), "plan.json");
    writeFileSync(file, plan);
    const alone = await graph(["-f", `${QUICKSTART}/fabric.yaml`, "-o", "dot"]);
    expect(alone).to.include('label="leaf1\\nLeaf"').and.not.to.include("batch");
    const coloured = await graph(["-f", `${QUICKSTART}/fabric.yaml`, "--plan", file, "-o", "dot"]);
    expect(coloured).to.equal(await graph(["-f", QUICKSTART, "-o", "dot"]));
    const { exitCode, stdout, stderr } = await run(["fabric", "graph", "--plan", file, "-o", "dot"]);
    expect(exitCode).to.equal(0);
    expect(stdout).to.include('label="leaf1\\nbatch 1"').and.not.to.include(" -- ");
    expect(stderr).to.include("a plan knows no links");
  });

  it("marks devices that the plan does not take", async () => {
    const folder = folders.quickstart({
      UpgradeCampaign: ({ spec }) => (spec.imageAssignments[0].selector = { roles: ["Leaf"] }),
    });
    expect(textsOf(await graph(["-f", folder]))).to.include("not upgraded");
  });

  it("refuses what it cannot draw", async () => {
    for (const [args, says] of [
      [[], "what shall be drawn?"],
      [["-f", QUICKSTART, "-o", "png"], "svg, mermaid, dot"],
      [["--plan", `${QUICKSTART}/fabric.yaml`], "unknown field of a plan"],
    ] as const) {
      const { exitCode, stdout, stderr } = await run(["fabric", "graph", ...args]);
      expect(exitCode, args.join(" ")).to.equal(2);
      expect(stdout).to.equal("");
      expect(stderr).to.include(says);
    }
  });
});

describe("a drawn fabric", () => {
  it("shows names as they are, whatever they are made of", () => {
    const graph = graphOf(NASTY);
    const texts = textsOf(renderSvg(graph));
    for (const name of NASTY) expect(texts, name).to.include(escapeless(name));
    expect(escapeXml("\u0000\u0008a\uFFFE")).to.equal("a");
    const mermaid = renderMermaid(graph);
    const labels = [...mermaid.matchAll(/^ +n\d+\["(.*)"\]$/gm)].map(([, label = ""]) => label);
    expect(labels).to.have.length(NASTY.length);
    for (const label of labels) expect(label.replaceAll("<br/>", "")).not.to.match(/["<>`]/);
    const dot = renderDot(graph);
    expect(dot.match(/^ {2}n\d+ \[/gm)).to.have.length(NASTY.length);
    expect(quoted(`a"b\\c`)).to.equal(String.raw`"a\"b\\c"`);
  });

  for (const leaves of [10, 48, 96]) {
    it(`is legible with ${String(leaves)} leaves: nothing overlaps, nothing is cut off, every link meets its boxes`, () => {
      const graph = fabricGraph({
        title: "large",
        topology: largeFabric(leaves),
        plan: null,
        endpoints: false,
      });
      const layout = layOut(graph);
      const places = [...layout.places.values()];
      expect(places).to.have.length(graph.rows.flatMap(({ nodes }) => nodes).length);
      for (const { x, y } of places) {
        expect(x - layout.box.width / 2).to.be.at.least(0);
        expect(x + layout.box.width / 2).to.be.at.most(layout.width);
        expect(y + layout.box.height / 2).to.be.at.most(layout.height);
      }
      for (const [index, one] of places.entries()) {
        for (const other of places.slice(index + 1)) {
          const apart =
            Math.abs(one.x - other.x) >= layout.box.width || Math.abs(one.y - other.y) >= layout.box.height;
          expect(apart, `${one.node.name} and ${other.node.name}`).to.equal(true);
        }
      }
      // A screen is about as wide; boxes are never made smaller than their names.
      expect(layout.width).to.be.at.most(2100);
      const longest = Math.max(...places.map(({ node }) => node.name.length));
      expect(layout.box.width).to.be.at.least(longest * 7);
      expect(graph.edges.every(({ a, b }) => layout.places.has(a) && layout.places.has(b))).to.equal(true);
    });
  }

  it("keeps leaves of a pod beside each other, below their spines", () => {
    const layout = layOut(
      fabricGraph({ title: "x", topology: largeFabric(32), plan: null, endpoints: false }),
    );
    const at = (name: string): number => layout.places.get(name)?.x ?? Number.NaN;
    expect(at("pod1-spine1")).to.be.lessThan(at("pod2-spine1"));
    expect(Math.max(at("pod1-spine1"), at("pod1-spine2"))).to.be.lessThan(at("pod2-spine1"));
  });

  it("is the same for the same fabric", () => {
    const draw = (): string =>
      renderSvg(fabricGraph({ title: "x", topology: largeFabric(48), plan: null, endpoints: false }));
    expect(draw()).to.equal(draw());
  });

  it("draws parallel links as one, and links that are down dashed", () => {
    const topology = largeFabric(2);
    const [first] = topology.links;
    if (first === undefined) throw new Error("there is no link");
    const more = {
      ...first,
      a: { ...first.a, interface: "et-0/0/90" },
      b: { ...first.b, interface: "et-0/0/90" },
    };
    const links = topology.links.map((link) => (link === first ? link : { ...link, up: false }));
    const graph = fabricGraph({
      title: "x",
      plan: null,
      endpoints: false,
      topology: {
        ...topology,
        links: [...links, more],
      },
    });
    expect(graph.edges.filter(({ links: count }) => count === 2)).to.have.length(1);
    expect(graph.edges.filter(({ up }) => up)).to.have.length(1);
    expect(renderSvg(graph)).to.include("stroke-dasharray").and.to.include("2 links");
  });
});

/** What an XML parser gives for a text: line ends and characters that XML cannot hold are its own business. */
function escapeless(name: string): string {
  return name.replaceAll("\u0000", "");
}
