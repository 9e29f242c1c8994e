import { CopyOutlined, DeleteOutlined, EditOutlined, PlusOutlined } from '@ant-design/icons';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { getRouteApi, Link, useNavigate } from '@tanstack/react-router';
import { Button, Grid, Input, Select, Space } from 'antd';
import { useTranslation } from 'react-i18next';
import { surveys, type SurveyBrief } from '../../api/surveys';
import { useMay } from '../../app/me';
import { useFormat } from '../../app/useFormat';
import { DataTable } from '../../ui/DataTable';
import { EmptyState } from '../../ui/EmptyState';
import { Loading } from '../../ui/Loading';
import { Pager } from '../../ui/Pager';
import { PageHeader } from '../../ui/PageHeader';
import { ProblemView, useNotifyProblem } from '../../ui/ProblemView';
import { rowEvents } from '../../ui/rowEvents';
import { TimeText } from '../../ui/values';
import { useListKeys } from '../../ui/useListKeys';
import { usePages } from '../../ui/usePages';
import { SurveyStatus } from './SurveyStatus';
import { useRemoveSurvey } from './useRemoveSurvey';
import './surveys.css';

const route = getRouteApi('/shell/surveys');
const pageSize = 20;
const statuses = ['draft', 'published', 'ended'] as const;

export function SurveysPage() {
  const { t } = useTranslation();
  const may = useMay();
  const f = useFormat();
  const navigate = useNavigate();
  const notify = useNotifyProblem();
  const queryClient = useQueryClient();
  const wide = Grid.useBreakpoint().md ?? true;
  const search = route.useSearch();
  const q = search.q ?? '';
  const status = statuses.find((s) => s === search.status);
  const pages = usePages(q, status);
  const { cursor } = pages;
  const list = useQuery({
    queryKey: ['surveys', q, status, cursor],
    queryFn: () => surveys.list({ q: q || undefined, status, limit: pageSize, cursor }),
    placeholderData: (before) => before,
  });
  const write = may('survey.write');
  const remove = useRemoveSurvey();
  const edit = (id: string) => navigate({ to: '/surveys/$surveyId/edit', params: { surveyId: id } });
  const make = useMutation({
    mutationFn: (how: { sample?: boolean; copy?: string }) => (how.copy ? surveys.duplicate(how.copy) : surveys.create(how.sample ? { sample: true } : { name: t('surveys.untitled') })),
    onError: notify,
    onSuccess: async (made) => {
      await queryClient.invalidateQueries({ queryKey: ['surveys'] });
      await edit(made.id);
    },
  });
  const items = list.data?.items ?? [];
  const open = (s: SurveyBrief | undefined) => {
    if (s) void navigate({ to: '/surveys/$surveyId', params: { surveyId: s.id }, search: {} });
  };
  const active = useListKeys(items.length, (i) => open(items[i]));
  const go = (next: { q?: string; status?: string }) =>
    void navigate({ to: '/surveys', search: { ...(next.q ? { q: next.q } : {}), ...(next.status ? { status: next.status } : {}) } });
  const create = write && (
    <Button type="primary" icon={<PlusOutlined />} loading={make.isPending} onClick={() => make.mutate({})}>
      {t('surveys.create')}
    </Button>
  );
  const filtered = q !== '' || status !== undefined;
  const empty = list.isSuccess && items.length === 0 && pages.number === 1;
  const tools = (s: SurveyBrief) =>
    write && (
      <span className="fp-survey-tools">
        <Link to="/surveys/$surveyId/edit" params={{ surveyId: s.id }} aria-label={t('surveys.editOf', { name: s.name })} title={t('surveys.edit')}>
          <EditOutlined />
        </Link>
        <Button size="small" type="text" icon={<CopyOutlined />} title={t('surveys.duplicate')} aria-label={t('surveys.duplicateOf', { name: s.name })} onClick={() => make.mutate({ copy: s.id })} />
        <Button size="small" type="text" icon={<DeleteOutlined />} title={t('common.delete')} aria-label={t('surveys.removeOf', { name: s.name })} onClick={() => remove.mutate(s)} />
      </span>
    );
  const rate = (s: SurveyBrief) => (s.started > 0 ? f.share(s.answered / s.started, 0) : '—');
  return (
    <div className="fp-page">
      <PageHeader title={t('surveys.title')} note={t('surveys.note')} extra={(!empty || filtered) && create} />
      {list.isError ? (
        <ProblemView error={list.error} onRetry={() => void list.refetch()} />
      ) : empty && !filtered ? (
        <div className="fp-table-wrap">
          <EmptyState
            title={t('surveys.emptyTitle')}
            text={t('surveys.emptyText')}
            action={
              write && (
                <Space wrap style={{ justifyContent: 'center' }}>
                  <Button type="primary" loading={make.isPending} onClick={() => make.mutate({ sample: true })}>
                    {t('surveys.sample')}
                  </Button>
                  <Button onClick={() => make.mutate({})}>{t('surveys.blank')}</Button>
                </Space>
              )
            }
          />
        </div>
      ) : (
        <>
          <div className="fp-toolbar">
            <Input.Search key={q} className="fp-grow" allowClear defaultValue={q} placeholder={t('surveys.search')} aria-label={t('surveys.search')} maxLength={60} onSearch={(text) => go({ q: text.trim(), status })} />
            <Select
              value={status ?? ''}
              aria-label={t('surveys.status')}
              onChange={(s) => go({ q, status: s })}
              style={{ minWidth: 130 }}
              options={[{ value: '', label: t('surveys.allStatuses') }, ...statuses.map((s) => ({ value: s, label: t(`surveys.statuses.${s}`) }))]}
            />
          </div>
          <div className={`fp-table-wrap${wide ? ' fp-click' : ''}`} aria-busy={list.isFetching && list.isPlaceholderData}>
            {empty ? (
              <EmptyState title={t('surveys.noneTitle')} text={t('surveys.noneText')} action={<Button onClick={() => go({})}>{t('customers.clear')}</Button>} />
            ) : list.isPending ? (
              <Loading rows={8} />
            ) : wide ? (
              <DataTable<SurveyBrief>
                rowKey="id"
                label={t('surveys.title')}
                minWidth={820}
                dataSource={items}
                {...rowEvents(active, open)}
                columns={[
                  {
                    key: 'name',
                    title: t('surveys.name'),
                    render: (_, s) => (
                      <>
                        <Link to="/surveys/$surveyId" params={{ surveyId: s.id }} search={{}} className="fp-link-row">
                          {s.name}
                        </Link>{' '}
                        <span className="fp-muted fp-small">{t('surveys.questionCount', { count: s.questions })}</span>
                      </>
                    ),
                  },
                  { key: 'status', title: t('surveys.status'), width: 150, render: (_, s) => <SurveyStatus survey={s} /> },
                  { key: 'opened', title: t('surveys.opened'), width: 90, align: 'right', render: (_, s) => <span className="fp-num">{f.number(s.opened)}</span> },
                  { key: 'answered', title: t('surveys.answered'), width: 90, align: 'right', render: (_, s) => <b className="fp-num">{f.number(s.answered)}</b> },
                  { key: 'rate', title: t('surveys.rate'), width: 90, align: 'right', render: (_, s) => <span className="fp-num">{rate(s)}</span> },
                  { key: 'last', title: t('surveys.lastAnswer'), width: 130, render: (_, s) => <TimeText at={s.last_answer_at} /> },
                  { key: 'tools', title: <span className="fp-hidden">{t('common.actions')}</span>, width: write ? 116 : 1, align: 'right', render: (_, s) => tools(s) },
                ]}
              />
            ) : (
              <ul className="fp-survey-cards">
                {items.map((s) => (
                  <li key={s.id}>
                    <span className="fp-card-line">
                      <Link to="/surveys/$surveyId" params={{ surveyId: s.id }} search={{}}>
                        <b>{s.name}</b>
                      </Link>
                      <SurveyStatus survey={s} />
                    </span>
                    <span className="fp-card-line fp-small">
                      <span>
                        {t('surveys.answered')} <b className="fp-num">{f.number(s.answered)}</b> <span className="fp-muted">{rate(s)}</span>
                      </span>
                      {tools(s)}
                    </span>
                  </li>
                ))}
              </ul>
            )}
            <Pager pages={pages} next={list.data?.next_cursor} />
          </div>
        </>
      )}
    </div>
  );
}
