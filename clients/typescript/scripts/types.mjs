// node scripts/types.mjs BASE_URL: what src/player/api_types.ts has to hold, from the /openapi.json of a running gamekeeper.
// Only what players may call, and the schemas that it needs. A schema that this reader does not understand stops it.

/** Keywords that say nothing about the type, or that no type can say. */
const silent = new Set(["description", "format", "minLength", "maxLength", "minimum", "maximum", "minItems", "maxItems", "pattern", "default", "required"]);

const base = process.argv[2];
if (!base) throw new Error("usage: types.mjs BASE_URL");
const answer = await fetch(new URL("/openapi.json", base));
if (!answer.ok) throw new Error(`${answer.url}: ${answer.status}`);
const document = await answer.json();
const schemas = document.components.schemas;
const needed = new Set();

const indented = (text) => text.replaceAll("\n", "\n  ");
const quoted = (name) => (/^[A-Za-z_]\w*$/.test(name) ? name : JSON.stringify(name));
const comment = (text) => (text ? `/** ${text} */\n` : "");

function typeOf(schema = {}) {
  const { $ref, type, const: only, enum: some, allOf, anyOf, oneOf, properties, items, additionalProperties, ...rest } = schema;
  const odd = Object.keys(rest).filter((keyword) => !silent.has(keyword));
  if (odd.length) throw new Error(`what does ${odd} mean in ${JSON.stringify(schema)}?`);
  if ($ref) return named($ref);
  if (only !== undefined) return JSON.stringify(only);
  if (some) return some.map((value) => JSON.stringify(value)).join(" | ");
  if (allOf) return allOf.map(typeOf).join(" & ");
  if (anyOf ?? oneOf) return (anyOf ?? oneOf).map(typeOf).join(" | ");
  if (type === undefined) return "unknown";
  return [type].flat().map((one) => plain(one, schema)).join(" | ");
}

function named(reference) {
  const name = reference.split("/").at(-1);
  if (!needed.has(name)) {
    needed.add(name);
    typeOf(schemas[name]); // which may need others
  }
  return name;
}

function plain(type, schema) {
  if (type === "integer") return "number";
  if (type === "array") return `Array<${typeOf(schema.items)}>`;
  if (type !== "object") return type;
  if (!schema.properties) return `Record<string, ${typeof schema.additionalProperties === "object" ? typeOf(schema.additionalProperties) : "unknown"}>`;
  const required = new Set(schema.required ?? []);
  const fields = Object.entries(schema.properties).map(([name, of]) => `${comment(of.description)}${quoted(name)}${required.has(name) ? "" : "?"}: ${typeOf(of)};`);
  return `{\n  ${fields.map(indented).join("\n  ")}\n}`;
}

const resolved = (part) => (part.$ref ? part.$ref.slice(2).split("/").reduce((at, name) => at[name], document) : part);
const json = (body) => body?.content?.["application/json"]?.schema;

/** Path and query of an operation as one object: the names never meet. */
function parametersOf(all) {
  const fields = all.filter((p) => p.in === "path" || p.in === "query");
  if (!fields.length) return "{}";
  return `{ ${fields.map((p) => `${quoted(p.name)}${p.required ? "" : "?"}: ${typeOf(p.schema)}`).join("; ")} }`;
}

function answerOf(responses) {
  const found = Object.entries(responses).filter(([status]) => status.startsWith("2")).map(([, response]) => json(resolved(response)));
  return [...new Set(found.map((schema) => (schema ? typeOf(schema) : "void")))].join(" | ");
}

const types = [], table = [];
for (const [path, methods] of Object.entries(document.paths)) {
  for (const [method, operation] of Object.entries(methods)) {
    const may = operation["x-who-may-call"] ?? [];
    if (!may.includes("player") && !path.startsWith("/api/v1/auth/")) continue;
    const parameters = (operation.parameters ?? []).map(resolved);
    const takesKey = parameters.some((p) => p.name === "Idempotency-Key");
    const body = resolved(operation.requestBody ?? {});
    const schema = json(body);
    const given = schema ? typeOf(schema) : "{}";
    const query = parameters.filter((p) => p.in === "query").map((p) => p.name);
    const twice = parameters.filter((p) => p.in !== "header" && schema?.properties?.[p.name]);
    if (twice.length) throw new Error(`${operation.operationId}: ${twice.map((p) => p.name)} would be a parameter and a field of the body`);
    types.push(`${comment(operation.summary)}${operation.operationId}: {\n  parameters: ${indented(parametersOf(parameters))};\n  body: ${indented(given)};\n  answer: ${indented(answerOf(operation.responses))};\n};`);
    table.push(`${operation.operationId}: { method: "${method.toUpperCase()}", path: "${path}", needsPlayer: ${may.includes("player")}, takesKey: ${takesKey}, takesBody: ${schema !== undefined}, query: ${JSON.stringify(query)} },`);
  }
}

const declared = () => [...needed].sort().map((name) => {
  const schema = schemas[name];
  const type = typeOf(schema);
  return `${comment(schema.description)}export ${schema.type === "object" && schema.properties ? `interface ${name} ${type}` : `type ${name} = ${type};`}`;
});

process.stdout.write(`// Written by \`make golden\` from the /openapi.json of the server. Not by hand: a test compares the two.

${declared().join("\n\n")}

export interface Operations {
  ${types.map(indented).join("\n  ")}
}

export interface Operation {
  readonly method: string;
  readonly path: string;
  /** Whether it is called with a player's token. */
  readonly needsPlayer: boolean;
  /** Whether it takes an Idempotency-Key, so that sending it again is harmless. */
  readonly takesKey: boolean;
  readonly takesBody: boolean;
  /** Names of what goes into the address after the question mark. */
  readonly query: readonly string[];
}

export const operations: Readonly<Record<keyof Operations, Operation>> = {
  ${table.join("\n  ")}
};
`);
