import { expect } from "chai";

import { declaredVersionAgrees, readPackageName, type PackageName } from "../../src/release/packageName.ts";
import { modelMatches } from "../../src/release/platform.ts";

const NAMES: readonly (readonly [string, Partial<PackageName>])[] = [
  [
    "jinstall-host-qfx-5e-x86-64-23.4R2-S3.9-secure-signed.tgz",
    { family: "junos-qfx", release: "23.4R2-S3.9", vmhost: false, evo: false },
  ],
  [
    "jinstall-host-qfx-5e-flex-x86-64-20.2R3-S3.6-secure-signed.tgz",
    { family: "junos-qfx", release: "20.2R3-S3.6" },
  ],
  ["jinstall-host-qfx-5-18.4R2-S3.4-signed.tgz", { family: "junos-qfx", release: "18.4R2-S3.4" }],
  ["jinstall-qfx-5-14.1X53-D40.8-domestic-signed.tgz", { family: "junos-qfx", release: "14.1X53-D40.8" }],
  [
    "jinstall-host-qfx-10-f-x86-64-17.3R2-S1.2-secure-signed.tgz",
    { family: "junos-qfx", release: "17.3R2-S1.2" },
  ],
  [
    "jinstall-host-qfx-10-m-x86-64-17.4R3-S2.4-secure-signed.tgz",
    { family: "junos-qfx", release: "17.4R3-S2.4" },
  ],
  ["jinstall-qfx-5e-junos-23.4R2-S7.7-secure-linux.tgz", { family: "junos-qfx", release: "23.4R2-S7.7" }],
  [
    "jinstall-host-ex-4e-x86-64-21.4R3-S4.18-secure-signed.tgz",
    { family: "junos-ex", release: "21.4R3-S4.18" },
  ],
  ["jinstall-host-ex-4300mp-x86-64-25.1R1.8-secure-signed.tgz", { family: "junos-ex", release: "25.1R1.8" }],
  ["junos-arm-32-18.2R3-S2.9.tgz", { family: "junos-ex", release: "18.2R3-S2.9" }],
  ["junos-install-mx-x86-64-22.4R3.25.tgz", { family: "junos", release: "22.4R3.25", vmhost: false }],
  ["junos-install-mx-x86-32-18.4R1.8.tgz", { family: "junos", release: "18.4R1.8" }],
  ["jinstall64-14.2R7.5-domestic-signed.tgz", { family: "junos", release: "14.2R7.5" }],
  ["jinstall-ppc-17.1R2-S5-signed.tgz", { family: "junos", release: "17.1R2-S5" }],
  ["junos-vmhost-install-mx-x86-64-24.2R2.1.tgz", { family: "junos", release: "24.2R2.1", vmhost: true }],
  [
    "junos-vmhost-install-ptx-x86-64-15.1F6-S7.2.tgz",
    { family: "junos-ptx", release: "15.1F6-S7.2", vmhost: true },
  ],
  [
    "junos-vmhost-install-qfx-x86-64-19.4R3.11.tgz",
    { family: "junos-qfx", release: "19.4R3.11", vmhost: true },
  ],
  ["junos-vmhost-install-srx-x86-64-23.4R1.9.tgz", { family: "junos-es", release: "23.4R1.9", vmhost: true }],
  [
    "junos-evo-install-qfx-ms-x86-64-23.2R2-S4.1-EVO.iso",
    { family: "junos-qfx", release: "23.2R2-S4.1-EVO", evo: true, vmhost: false },
  ],
  [
    "junos-evo-install-ptx-x86-64-22.2R3-S2.1-EVO.iso",
    { family: "junos-ptx", release: "22.2R3-S2.1-EVO", evo: true },
  ],
  [
    "junos-evo-install-acx-f-x86-64-22.4R1-EVO.iso",
    { family: "junos-acx", release: "22.4R1-EVO", evo: true },
  ],
  ["junos-srxsme-11.1R3.5-domestic.tgz", { family: "junos-es", release: "11.1R3.5" }],
  ["junos-srxentedge-x86-64-20.4R3.8.tgz", { family: "junos-es", release: "20.4R3.8" }],
  ["junos-srxmr-x86-64-21.4R3-S5.4.tgz", { family: "junos-es", release: "21.4R3-S5.4" }],
  ["junos-srxhe-x86-64-21.4R3-S5.4.tgz", { family: "junos-es", release: "21.4R3-S5.4" }],
  ["junos-srx5000-12.3X48-D105.4-domestic.tgz", { family: "junos-es", release: "12.3X48-D105.4" }],
  ["junos-vsrx3-x86-64-24.4R1.9.tgz", { family: "junos-es", release: "24.4R1.9" }],
  ["junos-install-vmx-x86-64-18.2R1.9.tgz", { family: "junos", release: "18.2R1.9" }],
  ["junos-vrr-22.3R1.11.tgz", { family: "junos", release: "22.3R1.11" }],
  ["junos-install-something-new-30.1R1.1.tgz", { family: undefined, platforms: [], release: "30.1R1.1" }],
];

describe("package names", () => {
  for (const [file, expected] of NAMES) {
    it(`IM-12 reads ${file}`, () => {
      expect(readPackageName(file)).to.deep.include({ ...expected, file });
    });
  }

  it("IM-9 tell packages for VM hosts", () => {
    const vmhost = NAMES.filter(([file]) => readPackageName(file)?.vmhost === true).map(([file]) => file);
    expect(vmhost).to.deep.equal(NAMES.map(([file]) => file).filter((file) => file.includes("vmhost")));
  });

  it("may come with a directory or a URL", () => {
    const file = "junos-install-mx-x86-64-22.4R3.25.tgz";
    expect(readPackageName(`/var/tmp/${file}`)?.file).to.equal(file);
    expect(readPackageName(`http://images.example.net/junos/${file}`)?.release).to.equal("22.4R3.25");
  });

  for (const file of [
    "",
    "switch.bin",
    "jinstall-host-qfx-5e.tgz",
    "EOS-4.28.swi",
    "jinstall-host-qfx-5e-x86-64-23.4R2-S3.9",
    "readme-1.2.tgz",
  ]) {
    it(`that are none are refused: ${JSON.stringify(file)}`, () => {
      expect(readPackageName(file)).to.equal(null);
    });
  }
});

describe("the declared version", () => {
  it("IM-7 agrees only to the letter", () => {
    expect(declaredVersionAgrees("23.4R2-S3.9", "23.4R2-S3.9")).to.equal(true);
    expect(declaredVersionAgrees("18.1R1", "18.1R1.10")).to.equal(false);
    expect(declaredVersionAgrees("18.1R1.1", "18.1R1.10")).to.equal(false);
    expect(declaredVersionAgrees("23.2R2-S4.1", "23.2R2-S4.1-EVO")).to.equal(false);
  });
});

describe("supported platforms", () => {
  it("IM-6 cover a model or a series up to a hyphen", () => {
    expect(modelMatches(["qfx5120"], "qfx5120-48y-8c")).to.equal(true);
    expect(modelMatches(["QFX5120-48Y"], "qfx5120-48y-8c")).to.equal(true);
    expect(modelMatches(["mx480", "qfx5120-48y-8c"], "QFX5120-48Y-8C")).to.equal(true);
    expect(modelMatches(["qfx5120"], "qfx51200")).to.equal(false);
    expect(modelMatches(["qfx5120-48y"], "qfx5120-48ym")).to.equal(false);
    expect(modelMatches(["qfx5120-48y-8c"], "qfx5120")).to.equal(false);
    expect(modelMatches([], "qfx5120")).to.equal(false);
    expect(modelMatches(["", " "], "qfx5120")).to.equal(false);
  });
});
