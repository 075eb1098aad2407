import { expect } from "chai";
import fc from "fast-check";

import {
  atLeast,
  compareReleases,
  formatRelease,
  nameSameRelease,
  parseRelease,
  sameRelease,
  type Release,
  type ReleaseOrder,
  type TrainRelease,
} from "../../src/release/version.ts";

function release(text: string): Release {
  const parsed = parseRelease(text);
  if (parsed === null) throw new Error(`not a release: ${text}`);
  return parsed;
}

function train(text: string): TrainRelease {
  const parsed = release(text);
  if (parsed.kind === "Unknown") throw new Error(`no train: ${text}`);
  return parsed;
}

function compare(a: string, b: string): ReleaseOrder {
  return compareReleases(release(a), release(b));
}

describe("releases", () => {
  const fields: readonly (readonly [string, Partial<TrainRelease>])[] = [
    ["23.4R2-S7.4", { kind: "R", major: 23, minor: 4, number: 2, update: 7, respin: 4 }],
    ["24.2R1.17", { kind: "R", major: 24, minor: 2, number: 1, update: 0, respin: 17 }],
    ["15.1F6-S7.2", { kind: "F", major: 15, minor: 1, number: 6, update: 7, respin: 2 }],
    ["22.4R3-S3.3", { kind: "R", major: 22, minor: 4, number: 3, update: 3, respin: 3 }],
    ["15.1F5.15-C1.12", { kind: "F", number: 5, respin: 15, addOn: "C1.12" }],
    ["16.1X70-D10.5", { kind: "X", number: 70, update: 10, respin: 5 }],
    ["14.1X53", { kind: "X", number: 53, update: 0, respin: undefined }],
    ["23.2R2-S4.1-EVO", { kind: "R", number: 2, update: 4, respin: 1, evo: true }],
    ["20.2X75-D10.3-EVO", { kind: "X", number: 75, update: 10, respin: 3, evo: true }],
    ["15.1X53-D62", { kind: "X", number: 53, update: 62, respin: undefined, evo: false }],
    ["18.4R2", { kind: "R", number: 2, update: 0, respin: undefined }],
    ["12.3X48-D40.5", { kind: "X", number: 48, update: 40, respin: 5 }],
    ["18.1R1.10-domestic", { kind: "R", number: 1, respin: 10 }],
    ["14.2R7.5.secure", { kind: "R", number: 7, respin: 5 }],
  ];
  for (const [text, expected] of fields) {
    it(`reads ${text}`, () => {
      expect(train(text)).to.include({ ...expected, text });
    });
  }

  for (const text of [
    "16.1-20160720.0",
    "17.3-2017-07-02.0_RELEASE_173_THROTTLE",
    "18.3I20180716_1639",
    "14.2-20141220.0",
    "18.3B1.2",
  ]) {
    it(`takes ${text} for a build without an order`, () => {
      expect(release(text)).to.include({ kind: "Unknown", text });
      expect(compare(text, text)).to.equal("Same");
      expect(compare(text, "18.4R1.1")).to.equal("Incomparable");
      expect(compare("18.4R1.1", text)).to.equal("Incomparable");
    });
  }

  for (const text of ["", "latest", "R2", "18", "18.4", "v18.4R2", "18.4R2 or later", "18.4R2-S3.4-oops!"]) {
    it(`takes ${JSON.stringify(text)} for no release`, () => {
      expect(parseRelease(text)).to.equal(null);
    });
  }

  it("are written as Junos writes them", () => {
    for (const [text] of fields) {
      expect(formatRelease(release(text))).to.equal(text.replace(/-domestic$|\.secure$/, ""));
    }
    expect(formatRelease(release("18.4r2-s3.4-evo"))).to.equal("18.4R2-S3.4-EVO");
  });
});

describe("the order of releases", () => {
  it("is numeric in every part", () => {
    const ascending = [
      "18.4R2.7",
      "18.4R2-S3.4",
      "18.4R2-S10",
      "18.4R3",
      "19.1R1",
      "19.4R1",
      "20.1R1",
      "100.1R1",
    ];
    for (const [index, older] of ascending.entries()) {
      for (const newer of ascending.slice(index + 1)) {
        expect(compare(older, newer), `${older} ${newer}`).to.equal("Older");
        expect(compare(newer, older), `${newer} ${older}`).to.equal("Newer");
      }
    }
  });

  it("puts 18.4R2-S10 after 18.4R2-S3, whatever their texts' order", () => {
    expect(compare("18.4R2-S10", "18.4R2-S3")).to.equal("Newer");
    expect(compare("18.4R2-S10.1", "18.4R2-S3.9")).to.equal("Newer");
  });

  it("takes a respin into account where both state one", () => {
    expect(compare("20.2R3", "20.2R3.9")).to.equal("Same");
    expect(compare("20.2R3.8", "20.2R3.9")).to.equal("Older");
    expect(sameRelease(release("20.2R3"), release("20.2R3.9"))).to.equal(true);
  });

  it("has none between trains", () => {
    for (const [a, b] of [
      ["15.1X53-D62", "18.4R1"],
      ["15.1F6-S7.2", "15.1R6"],
      ["15.1X53-D62", "15.1X49-D70"],
      ["15.1F5", "15.1F6"],
      ["23.2R2-S4.1-EVO", "23.2R2-S4.1"],
      ["15.1F5.15-C1.12", "15.1F5.15"],
    ] as const) {
      expect(compare(a, b), `${a} ${b}`).to.equal("Incomparable");
      expect(compare(b, a), `${b} ${a}`).to.equal("Incomparable");
      expect(sameRelease(release(a), release(b))).to.equal(false);
      expect(atLeast(release(a), release(b))).to.equal(false);
    }
  });

  it("holds within one branch", () => {
    expect(compare("15.1X53-D62.5", "15.1X53-D100")).to.equal("Older");
    expect(compare("15.1F6-S7.2", "15.1F6-S2.9")).to.equal("Newer");
    expect(compare("20.2X75-D10.3-EVO", "20.2X75-D10.4-EVO")).to.equal("Older");
  });

  it("gives the minimum for hitless upgrades of MX its meaning", () => {
    const minimum = release("18.4R2-S3");
    for (const text of ["18.4R2-S3", "18.4R2-S3.4", "18.4R2-S10", "18.4R3", "19.1R1.6", "23.4R2-S7.4"]) {
      expect(atLeast(release(text), minimum), text).to.equal(true);
    }
    for (const text of ["18.4R2", "18.4R2.7", "18.4R2-S2.9", "17.4R3", "15.1X53-D62", "18.3I20180716_1639"]) {
      expect(atLeast(release(text), minimum), text).to.equal(false);
    }
  });
});

describe("the order of the R train, for any releases", () => {
  const part = fc.integer({ min: 0, max: 30 });
  const exact = fc
    .record({ major: part, minor: part, number: part, update: part, respin: part })
    .map(({ major, minor, number, update, respin }) =>
      release(`${major}.${minor}R${number}${update === 0 ? "" : `-S${update}`}.${respin}`),
    );
  const rank: Readonly<Record<ReleaseOrder, number>> = {
    Older: -1,
    Same: 0,
    Newer: 1,
    Incomparable: Number.NaN,
  };
  const order = (a: Release, b: Release): number => rank[compareReleases(a, b)];

  it("TR-1 two texts name the same release, or not; a text that names none is the same as nothing", () => {
    expect(nameSameRelease("23.4R2-S3", "23.4R2-S3.9")).to.equal(true);
    expect(nameSameRelease("23.4R2-S3.9", "23.4R2-S4.9")).to.equal(false);
    expect(nameSameRelease("", "23.4R2")).to.equal(false);
    expect(nameSameRelease("", "")).to.equal(false);
  });

  it("is total and antisymmetric", () => {
    fc.assert(
      fc.property(exact, exact, (a, b) => {
        expect(order(a, b)).to.equal(0 - order(b, a));
        expect(order(a, b) === 0).to.equal(formatRelease(a) === formatRelease(b));
      }),
      { seed: 7, numRuns: 500 },
    );
  });

  it("is transitive", () => {
    fc.assert(
      fc.property(fc.array(exact, { minLength: 3, maxLength: 3 }), (releases) => {
        const [a, b, c] = releases.toSorted(order);
        if (a === undefined || b === undefined || c === undefined) throw new Error("three were asked for");
        expect(order(a, b)).to.be.at.most(0);
        expect(order(b, c)).to.be.at.most(0);
        expect(order(a, c)).to.be.at.most(0);
      }),
      { seed: 7, numRuns: 500 },
    );
  });

  it("survives being written and read", () => {
    fc.assert(
      fc.property(exact, (any) => {
        expect(parseRelease(formatRelease(any))).to.deep.equal(any);
      }),
      { seed: 7, numRuns: 200 },
    );
  });
});
