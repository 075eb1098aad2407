/** Tables for terminals: columns line up, whatever stands in them. */
import { expect } from "chai";
import { renderTable, wrapWords } from "../../src/cli/render/table.ts";

describe("a table", () => {
  it("lines its columns up, and has no spaces at the ends of lines", () => {
    const text = renderTable(
      ["device", "n"],
      [
        ["leaf1", "1"],
        ["spine10", "22"],
        ["", "3"],
      ],
      {
        indent: "  ",
        right: [1],
      },
    );
    expect(text).to.equal("  DEVICE    N\n  leaf1     1\n  spine10  22\n            3");
  });

  it("has rows of several lines, and rows of different lengths", () => {
    expect(renderTable([], [["a\nbb", "c"], ["d"]])).to.equal("a   c\nbb\nd");
    expect(renderTable([], [])).to.equal("");
  });

  it("counts what takes two columns, and what takes none", () => {
    const text = renderTable(
      [],
      [
        ["葉1", "x"],
        ["e\u0301e", "x"],
        ["a → b", "x"],
      ],
    );
    expect(text).to.equal("葉1    x\ne\u0301e     x\na → b  x");
  });

  it("breaks lists at words", () => {
    expect(wrapWords(["leaf1", "leaf2", "leaf3"], 11)).to.equal("leaf1 leaf2\nleaf3");
  });
});
