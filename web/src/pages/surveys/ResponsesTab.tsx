import { DeleteOutlined } from '@ant-design/icons';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { getRouteApi, Link, useNavigate } from '@tanstack/react-router';
import { Button, Drawer, Popconfirm, Select, Tag } from 'antd';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { surveys, type ResponseStatus, type ResponseView, type Survey } from '../../api/surveys';
import { DataTable } from '../../ui/DataTable';
import { EmptyState } from '../../ui/EmptyState';
import { Loading } from '../../ui/Loading';
import { Pager } from '../../ui/Pager';
import { ProblemView, useNotifyProblem } from '../../ui/ProblemView';
import { TimeText } from '../../ui/values';
import { useListKeys } from '../../ui/useListKeys';
import { usePages } from '../../ui/usePages';

const route = getRouteApi('/shell/surveys/$surveyId');
const pageSize = 20;
const statuses: readonly ResponseStatus[] = ['done', 'open', 'repeated', 'declined'];

/** Who answered what, and what followed from it. */
export function ResponsesTab({ survey: s, write }: { survey: Survey; write: boolean }) {
  const { t } = useTranslation();
  const navigate = useNavigate();
  const search = route.useSearch();
  const status = statuses.find((x) => x === search.status) ?? 'done';
  const question = s.spec.questions.find((q) => q.id === search.question);
  const option = search.option ?? '';
  const pages = usePages(status, search.question, option);
  const [looking, setLooking] = useState<ResponseView>();
  const { cursor } = pages;
  const list = useQuery({
    queryKey: ['survey', s.id, 'responses', status, search.question, option, cursor],
    queryFn: () => surveys.responses(s.id, { status, limit: pageSize, cursor, question: search.question, option: option || undefined }),
    placeholderData: (before) => before,
  });
  const items = list.data?.items ?? [];
  const active = useListKeys(looking ? 0 : items.length, (i) => setLooking(items[i]));
  const go = (next: Record<string, string>) => void navigate({ to: '/surveys/$surveyId', params: { surveyId: s.id }, search: { tab: 'responses', ...next } });
  if (list.isError) return <ProblemView error={list.error} onRetry={() => void list.refetch()} />;
  const chosen = question?.options?.find((o) => o.id === option)?.text ?? option;
  return (
    <>
      <div className="fp-toolbar">
        <Select
          value={status}
          aria-label={t('surveys.responseStatus')}
          style={{ minWidth: 150 }}
          onChange={(x) => go({ status: x })}
          options={statuses.map((x) => ({ value: x, label: t(`surveys.responseStatuses.${x}`) }))}
        />
        {option && (
          <Tag closable onClose={() => go({ status })} closeIcon={<span aria-label={t('customers.clear')}>×</span>}>
            {question?.title ?? search.question}: {chosen}
          </Tag>
        )}
      </div>
      <div className="fp-table-wrap fp-click" aria-busy={list.isFetching && list.isPlaceholderData}>
        {list.isPending ? (
          <Loading rows={8} />
        ) : items.length === 0 ? (
          <EmptyState title={t('surveys.noAnswers')} text={t('surveys.noneOfStatus')} />
        ) : (
          <DataTable<ResponseView>
            rowKey="id"
            label={t('surveys.responses')}
            minWidth={720}
            dataSource={items}
            rowClassName={(_, i) => (i === active ? 'fp-row-active' : '')}
            onRow={(r) => ({
              onClick: (e) => {
                if (!(e.target as HTMLElement).closest('a, button')) setLooking(r);
              },
            })}
            columns={[
              { key: 'at', title: t('surveys.at'), width: 130, render: (_, r) => <TimeText at={r.finished_at ?? r.started_at} /> },
              { key: 'person', title: t('surveys.person'), width: 150, render: (_, r) => <PersonLink response={r} /> },
              {
                key: 'answers',
                title: t('surveys.answers'),
                render: (_, r) => (
                  <span className="fp-survey-line" title={r.answers.map((a) => a.text).join(' · ')}>
                    {r.answers.map((a) => a.text).join(' · ') || '—'}
                  </span>
                ),
              },
              { key: 'effects', title: t('surveys.effects'), width: 220, render: (_, r) => <EffectTags response={r} /> },
              {
                key: 'open',
                title: <span className="fp-hidden">{t('common.actions')}</span>,
                width: 80,
                align: 'right',
                render: (_, r) => (
                  <Button size="small" onClick={() => setLooking(r)}>
                    {t('surveys.look')}
                  </Button>
                ),
              },
            ]}
          />
        )}
        <Pager pages={pages} next={list.data?.next_cursor} />
      </div>
      {looking && <ResponseDrawer survey={s} response={looking} write={write} onClose={() => setLooking(undefined)} />}
    </>
  );
}

function PersonLink({ response: r }: { response: ResponseView }) {
  const { t } = useTranslation();
  if (!r.person_id) return <span className="fp-muted">{t('surveys.nobody')}</span>;
  return (
    <Link to="/customers/$personId" params={{ personId: r.person_id }}>
      {r.person_name || t('customer.nameless')}
    </Link>
  );
}

function valueText(v: unknown): string {
  return Array.isArray(v) ? v.join('、') : v === null || v === undefined ? '—' : String(v);
}

function EffectTags({ response: { effects: e } }: { response: ResponseView }) {
  const all = [...e.tags_added.map((x) => `+ ${x.name}`), ...e.tags_removed.map((x) => `− ${x.name}`), ...e.traits.map((x) => `${x.label} = ${valueText(x.added?.length ? x.added : x.after)}`)];
  if (all.length === 0) return <span className="fp-muted">—</span>;
  return <span className="fp-survey-line">{all.join(' · ')}</span>;
}

function ResponseDrawer({ survey: s, response: r, write, onClose }: { survey: Survey; response: ResponseView; write: boolean; onClose: () => void }) {
  const { t } = useTranslation();
  const notify = useNotifyProblem();
  const queryClient = useQueryClient();
  const remove = useMutation({
    mutationFn: () => surveys.removeResponse(s.id, r.id),
    onError: notify,
    onSuccess: async () => {
      onClose();
      await queryClient.invalidateQueries({ queryKey: ['survey', s.id] });
    },
  });
  const e = r.effects;
  const changed = e.tags_added.length + e.tags_removed.length + e.traits.length > 0;
  return (
    <Drawer
      open
      size={480}
      title={<PersonLink response={r} />}
      onClose={onClose}
      extra={
        write && (
          <Popconfirm title={t('surveys.removeResponse')} description={t('surveys.removeResponseText')} okText={t('common.delete')} okButtonProps={{ danger: true, loading: remove.isPending }} onConfirm={() => remove.mutate()}>
            <Button danger icon={<DeleteOutlined />}>
              {t('common.delete')}
            </Button>
          </Popconfirm>
        )
      }
    >
      <p className="fp-muted fp-small">
        <TimeText at={r.finished_at ?? r.started_at} exact /> · {t('surveys.versionN', { version: r.version })} · {t(`surveys.ways.${r.way}`)}
      </p>
      <dl className="fp-survey-answers">
        {r.answers.map((a) => (
          <div key={a.question_id}>
            <dt>{a.title}</dt>
            <dd>{a.text}</dd>
          </div>
        ))}
      </dl>
      <h3>{t('surveys.effects')}</h3>
      {!changed && <p className="fp-muted">{t(r.person_id ? 'surveys.noEffects' : 'surveys.noEffectsNobody')}</p>}
      <ul className="fp-plain">
        {e.tags_added.map((x) => (
          <li key={x.id}>{t('surveys.tagGiven', { name: x.name })}</li>
        ))}
        {e.tags_removed.map((x) => (
          <li key={x.id}>{t('surveys.tagTaken', { name: x.name })}</li>
        ))}
        {e.traits.map((x) => (
          <li key={x.key}>{x.added?.length ? t('surveys.traitAdded', { key: x.label, value: valueText(x.added) }) : t('surveys.traitSet', { key: x.label, before: valueText(x.before), after: valueText(x.after) })}</li>
        ))}
        {e.remark && <li>{t('surveys.remarkAsked', { text: e.remark })}</li>}
      </ul>
    </Drawer>
  );
}
