import { Tabs } from '@mantine/core';
import { PageHead } from '../../parts/Page';
import { useAddress } from '../../state/scope';
import { t } from '../../text/en';
import { Messages } from './Messages';
import { Templates } from './Templates';
import { Webhooks } from './Webhooks';

const n = t.notifications;
const tabs = { messages: Messages, templates: Templates, webhooks: Webhooks };
type Tab = keyof typeof tabs;

export default function Notifications() {
  const [{ tab: wanted }, change] = useAddress();
  const tab: Tab = wanted !== undefined && wanted in tabs ? (wanted as Tab) : 'messages';
  return (
    <>
      <PageHead title={n.title} lead={n.lead} />
      <Tabs value={tab} keepMounted={false} onChange={(to) => change({ tab: to === 'messages' || !to ? '' : to, template: '', webhook: '', status: '' })}>
        <Tabs.List mb="md" aria-label={n.title}>
          {(Object.keys(tabs) as Tab[]).map((name) => <Tabs.Tab key={name} value={name}>{n.tabs[name]}</Tabs.Tab>)}
        </Tabs.List>
        {(Object.entries(tabs) as [Tab, () => React.ReactNode][]).map(([name, Part]) => <Tabs.Panel key={name} value={name}><Part /></Tabs.Panel>)}
      </Tabs>
    </>
  );
}
