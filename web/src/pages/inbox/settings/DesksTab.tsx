import { PlusOutlined } from '@ant-design/icons';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { App, Button, Card, Checkbox, Input, InputNumber, Select, Switch } from 'antd';
import { useEffect, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { assistant, desks as api, type Colleague, type Desk, type Shift, type Skill } from '../../../api/inbox';
import { useMay } from '../../../app/me';
import { EmptyState } from '../../../ui/EmptyState';
import { Loading } from '../../../ui/Loading';
import { ProblemView, useNotifyProblem } from '../../../ui/ProblemView';
import { KindIcon } from '../../carriers/kinds';
import { colleaguesKey } from '../AwaySwitch';
import { useAccountNames } from './useAccountNames';

const strategies = ['off', 'round_robin', 'least_loaded', 'owner'] as const;
const key = ['inbox', 'desks'];
const noColleagues: Colleague[] = [];

/** How conversations of each account are given to staff. */
export function DesksTab() {
  const { t } = useTranslation();
  const desks = useQuery({ queryKey: key, queryFn: api.list });
  const staff = useQuery({ queryKey: colleaguesKey, queryFn: api.staff });
  if (desks.isError) return <ProblemView error={desks.error} onRetry={() => void desks.refetch()} />;
  if (desks.isPending) return <Loading rows={5} />;
  if (desks.data.items.length === 0)
    return (
      <EmptyState
        title={t('inbox.empty.noAccount')}
        text={t('inbox.empty.noAccountText')}
        action={
          <Link to="/accounts/connect" search={{}}>
            <Button type="primary">{t('inbox.empty.connect')}</Button>
          </Link>
        }
      />
    );
  return (
    <div className="fp-stack">
      <AssistantCard />
      {desks.data.items.map((d) => (
        <DeskCard key={d.account_id} desk={d} staff={staff.data?.items ?? noColleagues} />
      ))}
    </div>
  );
}

function DeskCard({ desk, staff }: { desk: Desk; staff: readonly Colleague[] }) {
  const { t } = useTranslation();
  const { message } = App.useApp();
  const notify = useNotifyProblem();
  const queryClient = useQueryClient();
  const accounts = useAccountNames();
  const write = useMay()('inbox.settings');
  const [draft, setDraft] = useState(desk);
  useEffect(() => setDraft(desk), [desk]);
  const save = useMutation({
    mutationFn: api.set,
    onError: notify,
    onSuccess: () => {
      void message.success(t('common.saved'));
      return queryClient.invalidateQueries({ queryKey: key });
    },
  });
  const set = (change: Partial<Desk>) => setDraft((was) => ({ ...was, ...change }));
  const unfinished = draft.skills.some((k) => !k.name.trim() || k.words.length === 0 || k.members.length === 0);
  const name = accounts.nameOf(desk.account_id);
  const changed = JSON.stringify(draft) !== JSON.stringify(desk);
  const id = (field: string) => `desk-${desk.account_id}-${field}`;
  return (
    <Card
      size="small"
      data-desk={desk.account_id}
      title={
        <span className="fp-inbox-desk">
          <KindIcon kind={accounts.kindOf(desk.account_id)} /> <bdi>{name}</bdi>
        </span>
      }
      extra={
        write && (
          <Button size="small" type="primary" disabled={!changed || unfinished} loading={save.isPending} onClick={() => save.mutate(draft)}>
            {t('common.save')}
          </Button>
        )
      }
    >
      <div className="fp-inbox-fields">
        <label htmlFor={id('strategy')}>{t('inbox.settings.strategy')}</label>
        <div>
          <Select
            id={id('strategy')}
            disabled={!write}
            value={draft.strategy}
            onChange={(strategy) => set({ strategy })}
            options={strategies.map((s) => ({ value: s, label: t(`inbox.settings.strategies.${s}`) }))}
          />
          <p className="fp-muted fp-small">{t(`inbox.settings.strategyHelp.${draft.strategy}`)}</p>
        </div>
        <label htmlFor={id('members')}>{t('inbox.settings.members')}</label>
        <Select
          id={id('members')}
          mode="multiple"
          disabled={!write}
          value={draft.members}
          placeholder={t('inbox.settings.everybody')}
          showSearch={{ optionFilterProp: 'label' }}
          onChange={(members: string[]) => set({ members: [...members].sort() })}
          options={staff.map((s) => ({ value: s.staff_id, label: s.name }))}
        />
        <label htmlFor={id('capacity')}>{t('inbox.settings.capacity')}</label>
        <span>
          <InputNumber id={id('capacity')} disabled={!write} min={0} max={1000} precision={0} value={draft.capacity} onChange={(n) => set({ capacity: n ?? 0 })} /> <span className="fp-muted fp-small">{t('inbox.settings.capacityHelp')}</span>
        </span>
        <b>{t('inbox.settings.hours')}</b>
        <Hours hours={draft.hours} write={write} onChange={(hours) => set({ hours })} />
        <b>{t('inbox.settings.skills')}</b>
        <Skills skills={draft.skills} staff={staff} write={write} onChange={(skills) => set({ skills })} />
      </div>
    </Card>
  );
}

/** Who is asked about what. */
function Skills({ skills, staff, write, onChange }: { skills: readonly Skill[]; staff: readonly Colleague[]; write: boolean; onChange: (skills: Skill[]) => void }) {
  const { t } = useTranslation();
  const set = (at: number, change: Partial<Skill>) => onChange(skills.map((k, i) => (i === at ? { ...k, ...change } : k)));
  return (
    <div>
      {skills.length === 0 && <p className="fp-muted fp-small fp-inbox-always">{t('inbox.settings.noSkills')}</p>}
      {skills.map((k, i) => (
        <div key={i} className="fp-inbox-skill">
          <Input size="small" disabled={!write} maxLength={50} value={k.name} placeholder={t('inbox.settings.skillName')} aria-label={t('inbox.settings.skillName')} onChange={(e) => set(i, { name: e.target.value })} />
          <Select size="small" mode="tags" open={false} suffixIcon={null} disabled={!write} maxCount={50} value={k.words} placeholder={t('inbox.settings.skillWords')} aria-label={t('inbox.settings.skillWords')} tokenSeparators={['，', ',', '、']} onChange={(words: string[]) => set(i, { words })} />
          <Select size="small" mode="multiple" disabled={!write} value={k.members} placeholder={t('inbox.settings.members')} aria-label={t('inbox.settings.skillMembers')} showSearch={{ optionFilterProp: 'label' }} onChange={(members: string[]) => set(i, { members })} options={staff.map((s) => ({ value: s.staff_id, label: s.name }))} />
          {write && (
            <Button size="small" type="text" aria-label={t('inbox.settings.removeSkill')} onClick={() => onChange(skills.filter((_, n) => n !== i))}>
              ×
            </Button>
          )}
        </div>
      ))}
      {write && (
        <Button size="small" icon={<PlusOutlined />} onClick={() => onChange([...skills, { name: '', words: [], members: [] }])}>
          {t('inbox.settings.addSkill')}
        </Button>
      )}
    </div>
  );
}

/** Drafts of answers: only where the installation has an assistant, and only when the brand wants it. */
function AssistantCard() {
  const { t } = useTranslation();
  const notify = useNotifyProblem();
  const queryClient = useQueryClient();
  const write = useMay()('inbox.settings');
  const state = useQuery({ queryKey: ['inbox', 'assistant'], queryFn: assistant.read, retry: false });
  const set = useMutation({ mutationFn: assistant.set, onError: notify, onSettled: () => queryClient.invalidateQueries({ queryKey: ['inbox', 'assistant'] }) });
  if (!state.data?.available) return null;
  return (
    <Card size="small" title={t('inbox.settings.assistant')} extra={<Switch size="small" disabled={!write} loading={set.isPending} checked={state.data.enabled} aria-label={t('inbox.settings.assistant')} onChange={(on) => set.mutate(on)} />}>
      <span className="fp-muted">{t('inbox.settings.assistantHelp')}</span>
    </Card>
  );
}

const days = [1, 2, 3, 4, 5, 6, 7];

function Hours({ hours, write, onChange }: { hours: readonly Shift[]; write: boolean; onChange: (hours: Shift[]) => void }) {
  const { t } = useTranslation();
  const set = (at: number, change: Partial<Shift>) => onChange(hours.map((h, i) => (i === at ? { ...h, ...change } : h)));
  return (
    <div>
      {hours.length === 0 && <p className="fp-muted fp-small fp-inbox-always">{t('inbox.settings.always')}</p>}
      {hours.map((h, i) => (
        <div key={i} className="fp-inbox-shift">
          <Checkbox.Group
            disabled={!write}
            value={h.days}
            onChange={(v) => v.length > 0 && set(i, { days: [...v].sort() })}
            options={days.map((d) => ({ value: d, label: t(`inbox.settings.day.${d}`) }))}
          />
          <span>
            <Input type="time" size="small" disabled={!write} value={h.from} aria-label={t('inbox.settings.begins')} onChange={(e) => e.target.value && set(i, { from: e.target.value })} /> –{' '}
            <Input type="time" size="small" disabled={!write} value={h.to === '24:00' ? '00:00' : h.to} aria-label={t('inbox.settings.ends')} onChange={(e) => e.target.value && set(i, { to: e.target.value === '00:00' ? '24:00' : e.target.value })} />
            {write && (
              <Button size="small" type="text" aria-label={t('inbox.settings.removeShift')} onClick={() => onChange(hours.filter((_, n) => n !== i))}>
                ×
              </Button>
            )}
          </span>
        </div>
      ))}
      {write && (
        <Button size="small" icon={<PlusOutlined />} onClick={() => onChange([...hours, { days: [1, 2, 3, 4, 5], from: '09:00', to: '18:00' }])}>
          {t('inbox.settings.addShift')}
        </Button>
      )}
    </div>
  );
}
