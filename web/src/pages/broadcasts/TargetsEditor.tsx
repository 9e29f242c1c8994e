import { useQuery } from '@tanstack/react-query';
import { Button, Checkbox, Input, Select, Space } from 'antd';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { broadcasts, type BroadcastKind, type Chat } from '../../api/broadcasts';
import { useFormat } from '../../app/useFormat';
import { DataTable } from '../../ui/DataTable';
import { EmptyState } from '../../ui/EmptyState';
import { Field } from '../../ui/Field';
import { Loading } from '../../ui/Loading';
import { ProblemView } from '../../ui/ProblemView';
import { useSettled } from '../../ui/useSettled';
import type { Draft } from './draft';

interface Props {
  kind: BroadcastKind;
  draft: Draft;
  readOnly: boolean;
  set: (patch: Partial<Draft>) => void;
}

/** Into which groups it goes; or who publishes it, and who sees it. */
export function TargetsEditor({ kind, draft: d, readOnly, set }: Props) {
  const { t } = useTranslation();
  const choices = useQuery({ queryKey: ['broadcast-choices', d.account_id], queryFn: () => broadcasts.choices(d.account_id || undefined), placeholderData: (before) => before });
  if (choices.isError) return <ProblemView error={choices.error} onRetry={() => void choices.refetch()} />;
  if (!choices.data) return <Loading rows={4} />;
  const c = choices.data;
  return (
    <>
      <Field label={t('broadcasts.account')} help={c.accounts.length === 0 ? t('broadcasts.noAccount') : undefined}>
        {(id) => (
          <Select
            id={id}
            value={d.account_id || undefined}
            disabled={readOnly}
            placeholder={t('broadcasts.account')}
            style={{ minWidth: 240 }}
            onChange={(account_id: string) => set({ account_id, chat_ids: [], user_ids: [], tag_ids: [] })}
            options={c.accounts.map((a) => ({ value: a.id, label: a.active ? a.name : `${a.name} · ${t('broadcasts.inactive')}`, disabled: !a.active }))}
          />
        )}
      </Field>
      {d.account_id && kind === 'group' && <Groups account={d.account_id} owners={c.members} chosen={d.chat_ids} readOnly={readOnly} onChange={(chat_ids) => set({ chat_ids })} />}
      {d.account_id && kind === 'moment' && (
        <>
          <Field label={t('broadcasts.members')} help={t('broadcasts.membersHelp')}>
            {(id) => (
              <Space.Compact block>
                <Select
                  id={id}
                  mode="multiple"
                  allowClear
                  style={{ width: '100%' }}
                  maxTagCount={12}
                  optionFilterProp="label"
                  value={d.user_ids}
                  disabled={readOnly}
                  placeholder={t('broadcasts.members')}
                  onChange={(user_ids: string[]) => set({ user_ids })}
                  options={c.members.map((m) => ({ value: m.user_id, label: `${m.name || m.user_id} (${m.friends})` }))}
                />
                <Button disabled={readOnly} onClick={() => set({ user_ids: c.members.map((m) => m.user_id) })}>
                  {t('broadcasts.everybody')}
                </Button>
              </Space.Compact>
            )}
          </Field>
          <Field label={t('broadcasts.tags')} help={t('broadcasts.tagsHelp')}>
            {(id) => (
              <Select
                id={id}
                mode="multiple"
                allowClear
                style={{ width: '100%' }}
                optionFilterProp="label"
                value={d.tag_ids}
                disabled={readOnly}
                placeholder={t('broadcasts.allCustomers')}
                onChange={(tag_ids: string[]) => set({ tag_ids })}
                options={c.tags.map((x) => ({ value: x.id, label: x.group ? `${x.group} / ${x.name}` : x.name }))}
              />
            )}
          </Field>
        </>
      )}
    </>
  );
}

function Groups({ account, owners, chosen, readOnly, onChange }: { account: string; owners: { user_id: string; name: string }[]; chosen: string[]; readOnly: boolean; onChange: (ids: string[]) => void }) {
  const { t } = useTranslation();
  const f = useFormat();
  const [text, setText] = useState('');
  const [owner, setOwner] = useState('');
  const q = useSettled(text.trim(), 200);
  const list = useQuery({
    queryKey: ['broadcast-groups', account, owner, q],
    queryFn: () => broadcasts.chats({ account_id: account, owner: owner || undefined, q: q || undefined, limit: 100 }),
    placeholderData: (before) => before,
  });
  const items = list.data?.items ?? [];
  const all = items.length > 0 && items.every((g) => chosen.includes(g.chat_id));
  const toggle = (ids: string[], on: boolean) => onChange(on ? [...new Set([...chosen, ...ids])] : chosen.filter((id) => !ids.includes(id)));
  return (
    <div className="fp-field" role="group" aria-label={t('broadcasts.kinds.group')}>
      <span className="fp-label">{t('broadcasts.chosen', { count: chosen.length, n: f.number(chosen.length) })}</span>
      <div className="fp-toolbar">
        <Input className="fp-grow" allowClear value={text} maxLength={60} placeholder={t('broadcasts.searchGroups')} aria-label={t('broadcasts.searchGroups')} onChange={(e) => setText(e.target.value)} />
        <Select
          value={owner}
          aria-label={t('broadcasts.owner')}
          style={{ minWidth: 140 }}
          showSearch
          optionFilterProp="label"
          onChange={setOwner}
          options={[{ value: '', label: t('broadcasts.allOwners') }, ...owners.map((m) => ({ value: m.user_id, label: m.name || m.user_id }))]}
        />
        <Checkbox checked={all} disabled={readOnly || items.length === 0} onChange={(e) => toggle(items.map((g) => g.chat_id), e.target.checked)}>
          {t('broadcasts.allShown')}
        </Checkbox>
      </div>
      {list.isError ? (
        <ProblemView error={list.error} onRetry={() => void list.refetch()} />
      ) : list.isPending ? (
        <Loading rows={4} />
      ) : items.length === 0 ? (
        <EmptyState title={t('broadcasts.noGroups')} text={t('broadcasts.noGroupsText')} />
      ) : (
        <div className="fp-table-wrap">
          <DataTable<Chat>
            rowKey="chat_id"
            label={t('broadcasts.kinds.group')}
            minWidth={480}
            dataSource={items}
            columns={[
              {
                key: 'name',
                title: t('broadcasts.groupName'),
                render: (_, g) => (
                  <Checkbox checked={chosen.includes(g.chat_id)} disabled={readOnly} onChange={(e) => toggle([g.chat_id], e.target.checked)}>
                    {g.name || t('broadcasts.unnamed')}
                  </Checkbox>
                ),
              },
              { key: 'owner', title: t('broadcasts.owner'), width: 140, render: (_, g) => g.owner_name || g.owner_user_id },
              { key: 'members', title: t('broadcasts.groupMembers'), width: 100, align: 'right', render: (_, g) => <span className="fp-num">{f.number(g.members)}</span> },
            ]}
          />
        </div>
      )}
    </div>
  );
}
