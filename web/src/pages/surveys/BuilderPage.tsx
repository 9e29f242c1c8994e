import { ArrowDownOutlined, ArrowUpOutlined, CheckCircleOutlined, DeleteOutlined, PlusOutlined } from '@ant-design/icons';
import { useMutation, useQuery } from '@tanstack/react-query';
import { getRouteApi, Link, useNavigate } from '@tanstack/react-router';
import { Alert, App, Button, Dropdown, Input } from 'antd';
import { useState, type KeyboardEvent } from 'react';
import { useTranslation } from 'react-i18next';
import { surveys, type Question, type Survey } from '../../api/surveys';
import { Loading } from '../../ui/Loading';
import { PageHeader } from '../../ui/PageHeader';
import { ProblemView, useNotifyProblem } from '../../ui/ProblemView';
import { useUndo } from '../../ui/useUndo';
import { BaseEditor } from './BaseEditor';
import { EndingEditor } from './EndingEditor';
import { QuestionEditor } from './QuestionEditor';
import { moved, newEnding, newQuestion, placeOf, questionTypes } from './spec';
import { SurveyPreview } from './SurveyPreview';
import { SurveyStatus } from './SurveyStatus';
import { useBuilder } from './useBuilder';
import '../acquisition/acquisition.css';
import './surveys.css';
import './surveyBuilder.css';

const route = getRouteApi('/shell/surveys/$surveyId/edit');

/** What is being edited: the beginning, a question or an ending, by its id. */
export type Part = { kind: 'base' } | { kind: 'question' | 'ending'; id: string };

export function BuilderPage() {
  const { t } = useTranslation();
  const { surveyId } = route.useParams();
  // What is edited is what was read when the page was opened; a later save by somebody else is a conflict.
  const survey = useQuery({ queryKey: ['survey-draft', surveyId], queryFn: () => surveys.read(surveyId), staleTime: Infinity, gcTime: 0, refetchOnWindowFocus: false });
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
        <Builder key={survey.data.id} start={survey.data} />
      )}
    </div>
  );
}

function Builder({ start }: { start: Survey }) {
  const { t } = useTranslation();
  const navigate = useNavigate();
  const notify = useNotifyProblem();
  const undo = useUndo();
  const { message } = App.useApp();
  const b = useBuilder(start);
  const { spec } = b;
  const [part, setPart] = useState<Part>({ kind: 'base' });
  const [strict, setStrict] = useState(false); // complaints stand at their fields once publishing was tried
  const problems = b.saved.problems;
  const shown = strict ? problems : [];
  const errorAt = (path: string) => shown.find((p) => p.location === `body.spec.${path}`)?.message;
  const wrongIn = (kind: 'questions' | 'endings' | 'base', index: number) =>
    shown.some((p) => {
      const at = placeOf(p.location);
      return at.part === kind && (kind === 'base' || at.index === index);
    });

  const toProblem = (location: string) => {
    const at = placeOf(location);
    const q = at.part === 'questions' ? spec.questions[at.index] : undefined;
    const e = at.part === 'endings' ? spec.endings[at.index] : undefined;
    setPart(q ? { kind: 'question', id: q.id } : e ? { kind: 'ending', id: e.id } : { kind: 'base' });
  };
  const publish = useMutation({
    mutationFn: b.publish,
    onError: notify,
    onSuccess: async ({ survey, problems: found }) => {
      if (!survey) {
        setStrict(true);
        toProblem(found[0]?.location ?? '');
        return;
      }
      message.success(t('surveys.publishedDone', { version: survey.version }));
      await navigate({ to: '/surveys/$surveyId', params: { surveyId: survey.id }, search: { tab: 'share' } });
    },
  });

  const add = (type: Question['type']) => {
    const q = newQuestion(spec, type, t('surveys.consentStart'));
    b.setSpec((was) => ({ ...was, questions: [...was.questions, q] }));
    setPart({ kind: 'question', id: q.id });
  };
  const addEnding = () => {
    const e = newEnding(spec, t('surveys.endingTitleStart'));
    b.setSpec((was) => ({ ...was, endings: [...was.endings, e] }));
    setPart({ kind: 'ending', id: e.id });
  };
  const move = (index: number, by: number) => b.setSpec((was) => ({ ...was, questions: moved(was.questions, index, by) }));
  const removeQuestion = (index: number) => {
    const before = spec.questions;
    setPart({ kind: 'base' });
    b.setSpec((was) => ({ ...was, questions: was.questions.filter((_, i) => i !== index) }));
    undo('survey-question', t('surveys.questionRemoved'), () => Promise.resolve(b.setSpec((was) => ({ ...was, questions: before }))));
  };
  const removeEnding = (index: number) => {
    const before = spec.endings;
    setPart({ kind: 'base' });
    b.setSpec((was) => ({ ...was, endings: was.endings.filter((_, i) => i !== index) }));
    undo('survey-ending', t('surveys.endingRemoved'), () => Promise.resolve(b.setSpec((was) => ({ ...was, endings: before }))));
  };
  const keys = (index: number) => (e: KeyboardEvent) => {
    if (!e.altKey || (e.key !== 'ArrowUp' && e.key !== 'ArrowDown')) return;
    e.preventDefault();
    move(index, e.key === 'ArrowUp' ? -1 : 1);
  };
  const index = part.kind === 'question' ? spec.questions.findIndex((q) => q.id === part.id) : part.kind === 'ending' ? spec.endings.findIndex((e) => e.id === part.id) : -1;
  const question = part.kind === 'question' ? spec.questions[index] : undefined;
  const ending = part.kind === 'ending' ? spec.endings[index] : undefined;
  const item = (key: string, current: boolean, wrong: boolean, text: string, note: string, onClick: () => void, onKeyDown?: (e: KeyboardEvent) => void) => (
    <button key={key} type="button" className={`part${current ? ' current' : ''}${wrong ? ' wrong' : ''}`} aria-current={current ? 'true' : undefined} onClick={onClick} onKeyDown={onKeyDown}>
      <span>{text}</span>
      <small>
        {note}
        {wrong && <span className="fp-no"> · {t('surveys.lacks')}</span>}
      </small>
    </button>
  );
  return (
    <>
      <PageHeader
        title={
          <span className="fp-survey-title">
            <Input value={b.name} maxLength={60} aria-label={t('surveys.name')} onChange={(e) => b.rename(e.target.value)} />
            <SurveyStatus survey={b.saved} />
          </span>
        }
        note={<span aria-live="polite">{t(`surveys.state.${b.state}`)}</span>}
        extra={
          <>
            <Link to="/surveys/$surveyId" params={{ surveyId: start.id }} search={{}}>
              <Button tabIndex={-1}>{t('surveys.done')}</Button>
            </Link>
            <Button type="primary" icon={<CheckCircleOutlined />} loading={publish.isPending} onClick={() => publish.mutate()}>
              {t(b.saved.version > 0 ? 'surveys.publishNew' : 'surveys.publish')}
            </Button>
          </>
        }
      />
      {b.error !== undefined && (
        <div className="fp-section-note">
          <ProblemView error={b.error} />
        </div>
      )}
      {strict && problems.length > 0 && (
        <Alert
          className="fp-section-note"
          type="error"
          showIcon
          role="alert"
          title={t('surveys.notReady', { count: problems.length })}
          description={
            <ul className="fp-plain">
              {problems.slice(0, 6).map((p, i) => (
                <li key={i}>
                  <button type="button" className="fp-link-button" onClick={() => toProblem(p.location)}>
                    {whereOf(p.location)}
                  </button>{' '}
                  {p.message}
                </li>
              ))}
            </ul>
          }
        />
      )}
      <div className="fp-survey-edit">
        <nav className="parts" aria-label={t('surveys.parts')}>
          {item('base', part.kind === 'base', wrongIn('base', -1), t('surveys.base'), spec.title || t('surveys.baseNote'), () => setPart({ kind: 'base' }))}
          <ol>
            {spec.questions.map((q, i) => (
              <li key={q.id} className={q.same_page && i > 0 ? 'same' : undefined}>
                {item(
                  q.id,
                  part.kind === 'question' && part.id === q.id,
                  wrongIn('questions', i),
                  `${i + 1}. ${q.title || t('surveys.noTitle')}`,
                  [t(`surveys.types.${q.type}`), q.show_if ? t('surveys.hasLogic') : '', q.rules?.length ? t('surveys.hasRules', { count: q.rules.length }) : ''].filter(Boolean).join(' · '),
                  () => setPart({ kind: 'question', id: q.id }),
                  keys(i),
                )}
                <span className="move">
                  <Button size="small" type="text" icon={<ArrowUpOutlined />} disabled={i === 0} aria-label={t('surveys.up', { n: i + 1 })} onClick={() => move(i, -1)} />
                  <Button size="small" type="text" icon={<ArrowDownOutlined />} disabled={i === spec.questions.length - 1} aria-label={t('surveys.down', { n: i + 1 })} onClick={() => move(i, 1)} />
                </span>
              </li>
            ))}
          </ol>
          <Dropdown trigger={['click']} menu={{ items: questionTypes.map((type) => ({ key: type, label: t(`surveys.types.${type}`) })), onClick: ({ key }) => add(key as Question['type']) }}>
            <Button block icon={<PlusOutlined />} disabled={spec.questions.length >= 60}>
              {t('surveys.addQuestion')}
            </Button>
          </Dropdown>
          <h3>{t('surveys.endings')}</h3>
          {spec.endings.map((e, i) =>
            item(e.id, part.kind === 'ending' && part.id === e.id, wrongIn('endings', i), e.title || t('surveys.noTitle'), e.show_if ? t('surveys.hasLogic') : t('surveys.endingAlways'), () => setPart({ kind: 'ending', id: e.id })),
          )}
          <Button block icon={<PlusOutlined />} disabled={spec.endings.length >= 10} onClick={addEnding}>
            {t('surveys.addEnding')}
          </Button>
          <p className="fp-muted fp-small">{t('surveys.keysHelp')}</p>
        </nav>
        <div className="editor">
          {question ? (
            <>
              <QuestionEditor key={question.id} spec={spec} index={index} errorAt={errorAt} onChange={(q) => b.setSpec((was) => ({ ...was, questions: was.questions.map((x) => (x.id === q.id ? q : x)) }))} />
              <Button danger icon={<DeleteOutlined />} onClick={() => removeQuestion(index)}>
                {t('surveys.removeQuestion')}
              </Button>
            </>
          ) : ending ? (
            <>
              <EndingEditor key={ending.id} spec={spec} index={index} errorAt={errorAt} onChange={(e) => b.setSpec((was) => ({ ...was, endings: was.endings.map((x) => (x.id === e.id ? e : x)) }))} />
              <Button danger icon={<DeleteOutlined />} onClick={() => removeEnding(index)}>
                {t('surveys.removeEnding')}
              </Button>
            </>
          ) : (
            <BaseEditor spec={spec} errorAt={errorAt} onChange={(patch) => b.setSpec((was) => ({ ...was, ...patch }))} />
          )}
        </div>
        <SurveyPreview spec={spec} part={part} onPart={setPart} />
      </div>
    </>
  );

  function whereOf(location: string): string {
    const at = placeOf(location);
    if (at.part === 'questions') return t('surveys.questionN', { n: at.index + 1 });
    if (at.part === 'endings') return t('surveys.endingN', { n: at.index + 1 });
    return t('surveys.base');
  }
}
