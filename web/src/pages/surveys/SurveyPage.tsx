import { CopyOutlined, DeleteOutlined, EditOutlined } from '@ant-design/icons';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { getRouteApi, Link, useNavigate } from '@tanstack/react-router';
import { Button, Tabs } from 'antd';
import { useTranslation } from 'react-i18next';
import { surveys, type Survey } from '../../api/surveys';
import { useMay } from '../../app/me';
import { ExportMenu } from '../../ui/ExportMenu';
import { Loading } from '../../ui/Loading';
import { PageHeader } from '../../ui/PageHeader';
import { ProblemView, useNotifyProblem } from '../../ui/ProblemView';
import { useUndo } from '../../ui/useUndo';
import { ResponsesTab } from './ResponsesTab';
import { ResultsTab } from './ResultsTab';
import { ShareTab } from './ShareTab';
import { SurveyStatus } from './SurveyStatus';
import { useRemoveSurvey } from './useRemoveSurvey';
import '../acquisition/acquisition.css';
import './surveys.css';

const route = getRouteApi('/shell/surveys/$surveyId');
const tabs = ['results', 'responses', 'share'] as const;

export function SurveyPage() {
  const { t } = useTranslation();
  const { surveyId } = route.useParams();
  const survey = useQuery({ queryKey: ['survey', surveyId], queryFn: () => surveys.read(surveyId), refetchInterval: 60_000 });
  return (
    <div className="fp-page fp-survey">
      <nav className="fp-crumb">
        <Link to="/surveys" search={{}}>
          {t('surveys.title')}
        </Link>
      </nav>
      {survey.isError ? (
        <>
          <PageHeader title={t('surveys.title')} />
          <ProblemView error={survey.error} onRetry={() => void survey.refetch()} />
        </>
      ) : !survey.data ? (
        <Loading rows={10} />
      ) : (
        <Shown survey={survey.data} />
      )}
    </div>
  );
}

function Shown({ survey: s }: { survey: Survey }) {
  const { t } = useTranslation();
  const may = useMay();
  const navigate = useNavigate();
  const notify = useNotifyProblem();
  const undo = useUndo();
  const queryClient = useQueryClient();
  const search = route.useSearch();
  const tab = tabs.find((x) => x === search.tab) ?? (s.answered > 0 || s.status === 'ended' ? 'results' : 'share');
  const write = may('survey.write');
  const refresh = async () => {
    await queryClient.invalidateQueries({ queryKey: ['survey', s.id] });
    await queryClient.invalidateQueries({ queryKey: ['surveys'] });
  };
  const remove = useRemoveSurvey(() => void navigate({ to: '/surveys', search: {} }));
  const end = useMutation({
    mutationFn: () => (s.status === 'ended' ? surveys.reopen(s.id) : surveys.end(s.id)),
    onError: notify,
    onSuccess: async (now) => {
      await refresh();
      if (now.status === 'ended') undo(`survey-end-${s.id}`, t('surveys.endedDone', { name: s.name }), () => surveys.reopen(s.id).then(refresh));
    },
  });
  const copy = useMutation({
    mutationFn: () => surveys.duplicate(s.id),
    onError: notify,
    onSuccess: (made) => navigate({ to: '/surveys/$surveyId/edit', params: { surveyId: made.id } }),
  });
  return (
    <>
      <PageHeader
        title={
          <>
            {s.name} <SurveyStatus survey={s} />
          </>
        }
        note={s.version > 0 ? t('surveys.versionNote', { version: s.version }) : t('surveys.neverPublished')}
        extra={
          write && (
            <>
              <Link to="/surveys/$surveyId/edit" params={{ surveyId: s.id }}>
                <Button type={s.status === 'draft' ? 'primary' : 'default'} icon={<EditOutlined />} tabIndex={-1}>
                  {t('surveys.edit')}
                </Button>
              </Link>
              {s.status !== 'draft' && (
                <Button loading={end.isPending} onClick={() => end.mutate()}>
                  {t(s.status === 'ended' ? 'surveys.reopen' : 'surveys.end')}
                </Button>
              )}
              {s.answered > 0 && <ExportMenu address={(format) => surveys.exportAddress(s.id, format)} help={t('surveys.exportHelp')} />}
              <Button icon={<CopyOutlined />} aria-label={t('surveys.duplicateOf', { name: s.name })} title={t('surveys.duplicate')} loading={copy.isPending} onClick={() => copy.mutate()} />
              <Button icon={<DeleteOutlined />} aria-label={t('surveys.removeOf', { name: s.name })} title={t('common.delete')} onClick={() => remove.mutate(s)} />
            </>
          )
        }
      />
      <Tabs
        activeKey={tab}
        destroyOnHidden
        onChange={(key) => void navigate({ to: '/surveys/$surveyId', params: { surveyId: s.id }, search: { tab: key } })}
        items={[
          { key: 'results', label: t('surveys.results'), children: <ResultsTab id={s.id} /> },
          { key: 'responses', label: t('surveys.responses'), children: <ResponsesTab survey={s} write={write} /> },
          { key: 'share', label: t('surveys.share'), children: <ShareTab survey={s} /> },
        ]}
      />
    </>
  );
}
