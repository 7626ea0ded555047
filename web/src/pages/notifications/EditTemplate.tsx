import { Button, Group, SegmentedControl, TagsInput, Textarea, TextInput } from '@mantine/core';
import { useState } from 'react';
import { builtInTemplates, removeTemplate, saveTemplate, type NotificationTemplate, type Wordings } from '../../api/notifications';
import { Confirm } from '../../parts/Confirm';
import { Panel } from '../../parts/Page';
import { ProblemCard } from '../../parts/Problem';
import { t } from '../../text/en';
import { Preview } from './Preview';
import { useWork } from './work';
import { localeOf, variablesIn } from './words';

const n = t.notifications;
const goodLocale = /^[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8})*$/;

interface Props {
  name: string;
  /** Nothing: it is being made. */
  known: NotificationTemplate | undefined;
  onClose: () => void;
}

/** The words of one template, language by language, beside what a reader will see. */
export function EditTemplate({ name, known, onClose }: Props) {
  const [words, setWords] = useState<Wordings>(() => (known && Object.keys(known.words).length > 0 ? known.words : { en: { title: '', body: '' } }));
  const [variables, setVariables] = useState<string[]>(known?.variables ?? []);
  const [locale, setLocale] = useState(() => localeOf(known?.words ?? {}));
  const [samples, setSamples] = useState<Record<string, string>>({});
  const [version, setVersion] = useState(known?.version ?? 0);
  const [removing, setRemoving] = useState(false);
  const save = useWork('templates', (app, body: { words: Wordings; variables?: string[] }) => saveTemplate(app, name, body, version), (saved) => setVersion(saved.version));

  // The built-in types have the variables that the backend fills in.
  const isFixed = builtInTemplates.includes(name);
  const one = words[locale] ?? { title: '', body: '' };
  const set = (change: Partial<typeof one>) => setWords({ ...words, [locale]: { ...one, ...change } });
  const unknown = [...new Set(Object.values(words).flatMap(variablesIn))].filter((used) => !variables.includes(used));
  const values = Object.fromEntries(variables.map((variable) => [variable, samples[variable] ?? `[${variable}]`]));
  const drop = () => {
    const rest = Object.fromEntries(Object.entries(words).filter(([tag]) => tag !== locale));
    setWords(rest);
    setLocale(localeOf(rest));
  };
  return (
    <Panel title={known ? n.editOf(name) : n.newOf(name)} aside={<Button variant="subtle" color="gray" onClick={onClose}>{t.common.close}</Button>}>
      <form onSubmit={(event) => { event.preventDefault(); save.mutate({ words, ...(isFixed ? {} : { variables }) }); }}>
        <div className="grid">
          <div className="stack" style={{ gap: 12, alignContent: 'start' }}>
            <div className="row">
              <SegmentedControl size="xs" aria-label={n.language} value={locale} data={Object.keys(words)} onChange={setLocale} />
              <AddLanguage taken={Object.keys(words)} onAdd={(tag) => { setWords({ ...words, [tag]: { title: '', body: '' } }); setLocale(tag); }} />
              {Object.keys(words).length > 1 && <Button size="compact-xs" variant="subtle" className="danger" onClick={drop}>{n.dropLanguage(locale)}</Button>}
            </div>
            <TextInput label={n.titleIn(locale)} value={one.title} maxLength={200} lang={locale} onChange={(event) => set({ title: event.currentTarget.value })} />
            <Textarea label={n.bodyIn(locale)} description={n.bodyHint} value={one.body} maxLength={4000} autosize minRows={3} maxRows={12} lang={locale} onChange={(event) => set({ body: event.currentTarget.value })} />
            {isFixed ? <span className="muted" style={{ fontSize: '0.8125rem' }}>{n.fixedVariables} <span className="mono">{variables.map((variable) => `{{${variable}}}`).join(' ')}</span></span>
              : <TagsInput label={n.variables} description={n.variablesHint} value={variables} splitChars={[',', ' ']} maxTags={32} onChange={setVariables} />}
            {unknown.length > 0 && <span className="bad" role="status" style={{ fontSize: '0.8125rem' }}>{n.unknownVariables(unknown.join(', '))}</span>}
          </div>
          <div className="stack" style={{ gap: 12, alignContent: 'start' }}>
            <Preview words={words} values={values} locale={locale} />
            {variables.length > 0 && (
              <fieldset className="samples"><legend>{n.samples}</legend>
                <div className="pair">{variables.map((variable) => <TextInput key={variable} size="xs" label={variable} value={samples[variable] ?? ''} onChange={(event) => setSamples({ ...samples, [variable]: event.currentTarget.value })} />)}</div>
              </fieldset>
            )}
          </div>
        </div>
        {save.error && <div style={{ marginTop: 12 }}><ProblemCard error={save.error} /></div>}
        <Group justify="flex-end" mt="md">
          <span role="status" className="muted" style={{ fontSize: '0.8125rem' }}>{save.isSuccess ? t.common.saved : ''}</span>
          {known && !known.built_in && <Button variant="subtle" className="danger" onClick={() => setRemoving(true)}>{isFixed ? n.asBuiltIn : t.common.delete}</Button>}
          <Button type="submit" loading={save.isPending}>{t.common.save}</Button>
        </Group>
      </form>
      {removing && <Remove name={name} isFixed={isFixed} onDone={onClose} onClose={() => setRemoving(false)} />}
    </Panel>
  );
}

function AddLanguage({ taken, onAdd }: { taken: string[]; onAdd: (tag: string) => void }) {
  const [tag, setTag] = useState('');
  const good = goodLocale.test(tag) && !taken.includes(tag);
  const add = () => { if (good) { onAdd(tag); setTag(''); } };
  return (
    <Group gap={4} wrap="nowrap">
      <TextInput size="xs" w={84} aria-label={n.addLanguage} placeholder="pt-BR" value={tag} maxLength={35} onChange={(event) => setTag(event.currentTarget.value)}
        onKeyDown={(event) => { if (event.key === 'Enter') { event.preventDefault(); add(); } }} />
      <Button size="xs" variant="default" disabled={!good} onClick={add}>{n.add}</Button>
    </Group>
  );
}

function Remove({ name, isFixed, onDone, onClose }: { name: string; isFixed: boolean; onDone: () => void; onClose: () => void }) {
  const remove = useWork('templates', (app, which: string) => removeTemplate(app, which), onDone);
  return (
    <Confirm title={isFixed ? n.asBuiltInTitle(name) : n.removeTitle(name)} what={isFixed ? n.asBuiltInWhat : n.removeWhat} action={isFixed ? n.asBuiltIn : t.common.delete} word={name}
      busy={remove.isPending} error={remove.error} onConfirm={() => remove.mutate(name)} onClose={onClose} />
  );
}
