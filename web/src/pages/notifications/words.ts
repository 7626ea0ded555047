import type { Words, Wordings } from '../../api/notifications';

const variable = /\{\{(.*?)\}\}/gs;

/** The names that stand between {{ and }}, each once. */
export function variablesIn(words: Words): string[] {
  const found = [...`${words.title}\n${words.body}`.matchAll(variable)].map((match) => match[1]!);
  return [...new Set(found)];
}

/** As the server words it: values are put in once and as text, and what has no value is nothing. */
export function worded(text: string, values: Record<string, string>): string {
  return text.replace(variable, (_, name: string) => (values[name] ?? '').replace(/[\u0000-\u001f\u007f]/g, ' '));
}

/** The words to show first: English, else the first there are. */
export function localeOf(words: Wordings): string {
  return 'en' in words ? 'en' : Object.keys(words)[0] ?? 'en';
}
