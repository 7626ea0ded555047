// JSON as text. An event's numbers may not fit a double (18446744073709551615, 0.10), so they are never parsed into one:
// what is shown, edited and sent back are its own characters.

/** Whether the text is one JSON object. Says nothing of its numbers' values. */
export function isObjectText(text: string): boolean {
  try {
    const value = JSON.parse(text) as unknown;
    return typeof value === 'object' && value !== null && !Array.isArray(value);
  } catch {
    return false;
  }
}

/** The same JSON on several lines, every token as it was; other text as it stands. */
export function indented(text: string): string {
  try {
    JSON.parse(text);
  } catch {
    return text;
  }
  const tokens = text.match(/"(?:[^"\\]|\\.)*"|[{}[\],:]|[^\s"{}[\],:]+/g) ?? [];
  let depth = 0;
  let out = '';
  const line = () => `\n${'  '.repeat(depth)}`;
  tokens.forEach((token, at) => {
    const empty = /[{[]/.test(tokens[at - 1] ?? '') && /[}\]]/.test(token);
    if (/^[}\]]$/.test(token)) {
      depth -= 1;
      out += empty ? token : line() + token;
    } else if (/^[{[]$/.test(token)) {
      depth += 1;
      out += token;
      if (!/^[}\]]$/.test(tokens[at + 1] ?? '')) out += line();
    } else if (token === ',') out += `,${line()}`;
    else out += token === ':' ? ': ' : token;
  });
  return out;
}
