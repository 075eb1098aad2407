/**
 * The words of one cause in a `metav1.Status`, without the noise around them. The API server writes
 * `<type>: <value>: <words>` (apimachinery: `field.Error.ErrorBody`); the value can be a whole spec with thousands
 * of devices, and the path stands in the cause's own field.
 */
const TYPES_WITH_VALUE = ["Invalid value", "Unsupported value", "Duplicate value", "Not found"];

/** `Invalid value: 70000: spec.port in body should be less than 65536` → `should be less than 65536`. */
export function plainMessage(message: string, field: string): string {
  const type = TYPES_WITH_VALUE.find((prefix) => message.startsWith(`${prefix}: `));
  if (type === undefined) return message;
  const rest = message.slice(type.length + 2);
  const end = valueEnd(rest);
  // Some rules give no value; a repeated value comes without words.
  if (end === 0) return rest;
  if (!rest.startsWith(": ", end)) return message;
  const plain = rest.slice(end + 2);
  const path = `${field} in body `;
  if (plain.startsWith(path)) return plain.slice(path.length);
  // What is allowed says little without the value that is not.
  return type === "Unsupported value" ? message : plain;
}

/** Where the value at the start of a text ends: quoted text, JSON, a number or a word of JSON; 0 where there is none. */
function valueEnd(text: string): number {
  if (!/^["{[]/.test(text)) return /^(-?\d[-+.e\d]*|true|false|null)(?=: |$)/.exec(text)?.[0].length ?? 0;
  let depth = 0;
  let quoted = false;
  for (let index = 0; index < text.length; index += 1) {
    const character = text[index];
    if (quoted && character === "\\") index += 1;
    else if (character === '"') quoted = !quoted;
    else if (!quoted && (character === "{" || character === "[")) depth += 1;
    else if (!quoted && (character === "}" || character === "]")) depth -= 1;
    if (!quoted && depth === 0) return index + 1;
  }
  return text.length;
}
