import { expect } from "chai";
import fc from "fast-check";

import { parseReply, parseXml, renderXml } from "../../src/netconf/xml.ts";
import { descendants, element, findAll, textAt, type XmlNode } from "../../src/netconf/xmlNode.ts";
import { asNetconfError, thrownBy } from "./failure.ts";

const name = fc.stringMatching(/^[a-z][a-z0-9.-]{0,8}$/);
const text = fc.string({ unit: "grapheme", maxLength: 20 }).map((raw) => raw.trim());
const attributes = fc
  .dictionary(name, text, { maxKeys: 2, noNullPrototype: true })
  .map((all) => Object.fromEntries(Object.entries(all).filter(([key]) => key !== "xmlns")));
const { tree } = fc.letrec<{ tree: XmlNode }>((tie) => ({
  tree: fc.oneof(
    { maxDepth: 4 },
    fc.record({ name, attributes, children: fc.constant([]), text }),
    fc.record({ name, attributes, children: fc.array(tie("tree"), { maxLength: 3 }), text }),
  ),
}));

describe("netconf XML, reading", () => {
  it("drops prefixes and namespaces, declared or not", () => {
    const root = parseXml('<nc:a xmlns:nc="urn:x" xmlns="urn:y" junos:seconds="7"><xnm:b/></nc:a>');
    expect(root).to.deep.equal({
      name: "a",
      attributes: { seconds: "7" },
      children: [element("b")],
      text: "",
    });
  });

  it("keeps the order of siblings", () => {
    const root = parseXml("<t><name>x</name><state>1</state><name>y</name><state>2</state></t>");
    expect(root.children.map((child) => child.text)).to.deep.equal(["x", "1", "y", "2"]);
    expect(findAll(root, "name")).to.have.length(2);
  });

  it("trims text at both ends, and leaves it alone within", () => {
    expect(textAt(parseXml("<a><b>\n  one\n    two \n</b></a>"), "b")).to.equal("one\n    two");
  });

  it("leaves numbers as they are written", () => {
    const values = ["21.40", "007", "1e5", "0x10", "6r75", "true"];
    const root = parseXml(`<a>${values.map((value) => `<b>${value}</b>`).join("")}</a>`);
    expect(root.children.map((child) => child.text)).to.deep.equal(values);
  });

  it("decodes named and numeric entities once, and none in CDATA", () => {
    const root = parseXml('<a x="&lt;&#10;">&#65;&#x42;&amp;lt;&apos;&quot;<![CDATA[<&amp;>]]></a>');
    expect(root.text).to.equal(`AB&lt;'"<&amp;>`);
    expect(root.attributes).to.deep.equal({ x: "<\n" });
  });

  it("accepts a byte order mark, a declaration, comments and processing instructions", () => {
    const source = '\uFEFF\n<?xml version="1.0"?>\n<!-- a <b> --><a><!-- c -->1<?p i?></a>\n<!-- d -->\n';
    expect(parseXml(Buffer.from(source))).to.deep.equal(element("a", "1"));
  });

  it("joins the text around an element, and takes white space between two texts for text", () => {
    expect(parseXml("<a> one <b/>\r\n<!-- c --> two </a>").text).to.equal("one \n two");
  });

  it("takes white space in an attribute for spaces, unless it is escaped", () => {
    const root = parseXml("<a x='1\n2&#10;3' y = \"4\" ><b></b ></a>");
    expect(root.attributes).to.deep.equal({ x: "1 2\n3", y: "4" });
    expect(root.children).to.deep.equal([element("b")]);
  });

  it("reads elements whose names JavaScript objects know", () => {
    const root = parseXml("<toString><hasOwnProperty/><valueOf a='1'/></toString>");
    expect(root.children.map((child) => child.name)).to.deep.equal(["hasOwnProperty", "valueOf"]);
  });

  it("reads a hundred thousand entities", () => {
    expect(parseXml(`<a>${"&gt;".repeat(100_000)}</a>`).text).to.have.length(100_000);
  });

  const refused: Readonly<Record<string, string>> = {
    "a truncated reply": "<rpc-reply><a><b>1</b><c>2",
    "a reply without its last tag": "<rpc-reply><a/>",
    "mismatched tags": "<a><b></a></b>",
    "a mismatched prefix": "<nc:a></a>",
    "two roots": "<a/><b/>",
    "text after the root": "<a/>login:",
    "text before the root": "login: <a/>",
    "text only": "login: x",
    nothing: "",
    "nothing but a comment": "<!-- x -->",
    "a document type": '<!DOCTYPE a SYSTEM "x"><a/>',
    "an entity bomb":
      '<!DOCTYPE a [<!ENTITY b "bbbbbbbbbb"><!ENTITY c "&b;&b;&b;&b;&b;&b;&b;&b;">]><a>&c;&c;</a>',
    "an external entity": '<!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/hostname">]><a>&x;</a>',
    "a control character": "<a>\u0007</a>",
    "a control character as an entity": "<a>&#7;</a>",
    "half a surrogate pair": "<a>&#xD800;</a>",
    "an unknown entity": "<a>&nbsp;</a>",
    "a bare ampersand": "<a>x & y</a>",
    "an attribute without a value": "<a b/>",
    "an attribute twice": '<a b="1" b="2"/>',
    "an attribute without quotes": "<a b=1/>",
    "an attribute that does not end": '<a b="1><c d="2"/></a>',
    "attributes without a space between": '<a b="1"c="2"/>',
    "an attribute called __proto__": '<a __proto__="1"/>',
    "a tag without a name": "<><a/></>",
    "a tag that begins with a space": "< a/>",
    "an end tag with more to it": "<a></a b>",
    "an end tag of a longer name": "<a></ab>",
    "an end tag too many": "<a/></a>",
    "a tag in a tag": "<a <b/></a>",
    "a lone bracket": "<a>1 < 2</a>",
    "a CDATA section outside the root": "<a/><![CDATA[x]]>",
    "an open instruction": "<a><?x </a>",
    "an open CDATA section": "<a><![CDATA[ </a>",
    "an open comment": "<a><!-- </a>",
    "an attempt to leave our own wrapping": "</document><a/><document>",
    "an attempt to add to our own wrapping": "<a/></document><document>",
    "an element called __proto__": "<__proto__><a/></__proto__>",
    "a hundred thousand levels": "<a>".repeat(100_000) + "</a>".repeat(100_000),
  };
  for (const [what, source] of Object.entries(refused)) {
    it(`refuses ${what}`, () => {
      const error = asNetconfError(
        thrownBy(() => parseXml(source)),
        "ReplyMalformed",
      );
      expect(error.message.length).to.be.below(300);
    });
  }
});

describe("netconf XML, the malformed commit reply of old releases", () => {
  const engine = (engineName: string): string =>
    `<routing-engine junos:style="x"><name>${engineName}</name><commit-success/>`;

  it("is mended where the last routing engine is not closed", () => {
    const reply = parseReply(
      `<rpc-reply><commit-results>${engine("re0")}</routing-engine>${engine("re1")}<ok/></commit-results></rpc-reply>`,
    );
    const engines = [...descendants(reply, "routing-engine")];
    expect(engines.map((node) => textAt(node, "name"))).to.deep.equal(["re0", "re1"]);
    expect([...descendants(reply, "ok")]).to.have.length(1);
  });

  it("is mended where none is closed", () => {
    const reply = parseReply(
      `<rpc-reply><commit-results>${engine("re0")}${engine("re1")}</commit-results><ok/></rpc-reply>`,
    );
    expect(reply.children.map((child) => child.name)).to.deep.equal(["commit-results", "ok"]);
    expect(reply.children[0]?.children.map((child) => child.name)).to.deep.equal([
      "routing-engine",
      "routing-engine",
    ]);
  });

  it("is left alone when it is well-formed, even with <ok/> inside", () => {
    const reply = parseReply("<rpc-reply><routing-engine><ok/></routing-engine></rpc-reply>");
    expect(reply.children[0]?.children[0]?.name).to.equal("ok");
  });

  it("does not hide other damage", () => {
    for (const source of [`<rpc-reply>${engine("re0")}<ok/>`, "<rpc-reply><ok/>", "<a><b></a>"]) {
      asNetconfError(
        thrownBy(() => parseReply(source)),
        "ReplyMalformed",
      );
    }
  });
});

describe("netconf XML, writing", () => {
  it("writes an empty element short, and escapes text and attributes", () => {
    expect(renderXml(element("a", [element("b"), element("c", "<&>")], { d: '"<' }))).to.equal(
      '<a d="&quot;&lt;"><b/><c>&lt;&amp;&gt;</c></a>',
    );
  });

  it("never writes a delimiter", () => {
    expect(renderXml(element("a", "]]>]]>", { b: "]]>]]>" }))).to.not.include("]]>");
  });

  it("refuses names and characters that XML cannot hold", () => {
    for (const bad of [
      element("a b"),
      element("a><b"),
      element(""),
      element("a", "\u0000"),
      element("a", [], { "x='1' y": "2" }),
    ]) {
      expect(() => renderXml(bad)).to.throw(RangeError);
    }
  });

  it("reads back what it wrote", () => {
    fc.assert(
      fc.property(tree, (node) => {
        expect(parseXml(renderXml(node))).to.deep.equal(node);
      }),
      { seed: 6241, numRuns: 300 },
    );
  });
});
