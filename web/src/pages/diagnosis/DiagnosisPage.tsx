import { FolderOpenOutlined, PrinterOutlined, SaveOutlined } from '@ant-design/icons';
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { App, Button, Dropdown, Input, Modal, Space } from 'antd';
import { useEffect, useMemo, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { diagnosis, type DiagnosisForecast, type DiagnosisInput, type Kept } from '../../api/diagnosis';
import { asProblem } from '../../api/problem';
import { useMe } from '../../app/me';
import { useFormat } from '../../app/useFormat';
import { may } from '../../lib/permissions';
import { Loading } from '../../ui/Loading';
import { PageHeader } from '../../ui/PageHeader';
import { ProblemView, useNotifyProblem } from '../../ui/ProblemView';
import { useSettled } from '../../ui/useSettled';
import { useUndo } from '../../ui/useUndo';
import { Answers } from './Answers';
import { Assumptions } from './Assumptions';
import { Business } from './Business';
import { ForecastView } from './ForecastView';
import './diagnosis.css';

/** What a small brand might say: something to begin with, to be replaced. */
const sample: DiagnosisInput = { answers: {}, months: 24, business: { buyers: 1000, order_minor: 12_000, margin_bp: 5000, cost_minor: 4000, orders_year: 3 } };

/** Before a brand begins: how ready it is, what a pool would cost and bring, and on what that rests. */
export function DiagnosisPage() {
  const { t } = useTranslation();
  const f = useFormat();
  const me = useMe();
  const { message } = App.useApp();
  const notify = useNotifyProblem();
  const undo = useUndo();
  const queries = useQueryClient();
  const [input, setInput] = useState(sample);
  const [name, setName] = useState<string>();
  const asked = useSettled(input, 400);
  const questions = useQuery({ queryKey: ['diagnosis-questions', f.language], queryFn: diagnosis.questions, staleTime: Infinity });
  const kept = useQuery({ queryKey: ['diagnoses'], queryFn: diagnosis.list });
  const forecast = useQuery({ queryKey: ['diagnosis', asked, f.language], queryFn: () => diagnosis.forecast(asked), retry: false });
  // While the next one is made, and while something is wrong, the last one stays.
  const [result, setResult] = useState<DiagnosisForecast>();
  useEffect(() => {
    if (forecast.data) setResult(forecast.data);
  }, [forecast.data]);
  const wrong = useMemo(() => {
    const said = new Map<string, string>();
    if (forecast.isError) for (const e of asProblem(forecast.error).fields) said.set(e.location.replace(/^body\./, ''), e.message);
    return said;
  }, [forecast.isError, forecast.error]);
  const change = (patch: Partial<DiagnosisInput>) => setInput((was) => ({ ...was, ...patch }));
  const mayKeep = may(me.permissions, 'insight.keep');
  const refresh = () => queries.invalidateQueries({ queryKey: ['diagnoses'] });
  const keep = async () => {
    try {
      await diagnosis.keep(name ?? '', input);
      setName(undefined);
      void message.success(t('diagnosis.kept'));
      await refresh();
    } catch (error) {
      notify(error);
    }
  };
  const drop = async (d: Kept) => {
    try {
      await diagnosis.remove(d.id);
      await refresh();
      undo(d.id, t('diagnosis.dropped', { name: d.name }), () => diagnosis.keep(d.name, d.input).then(refresh));
    } catch (error) {
      notify(error);
    }
  };
  if (!questions.data)
    return (
      <div className="fp-page fp-diagnosis">
        <PageHeader title={t('diagnosis.title')} note={t('diagnosis.note')} />
        {questions.isError ? <ProblemView error={questions.error} onRetry={() => void questions.refetch()} /> : <Loading rows={10} />}
      </div>
    );
  const all = kept.data?.items ?? [];
  return (
    <div className="fp-page fp-diagnosis">
      <PageHeader
        title={t('diagnosis.title')}
        note={t('diagnosis.note')}
        extra={
          <Space wrap>
            {all.length > 0 && (
              <Dropdown
                trigger={['click']}
                menu={{
                  items: all.map((d) => ({
                    key: d.id,
                    label: (
                      <Space className="fp-diagnosis-kept">
                        <span>
                          {d.name} <span className="fp-muted fp-small">{f.date(d.created_at)}</span>
                        </span>
                        {mayKeep && (
                          <Button
                            size="small"
                            type="text"
                            onClick={(e) => {
                              e.stopPropagation();
                              void drop(d);
                            }}
                          >
                            {t('common.delete')}
                          </Button>
                        )}
                      </Space>
                    ),
                  })),
                  onClick: ({ key }) => {
                    const d = all.find((x) => x.id === key);
                    if (d) setInput(d.input);
                  },
                }}
              >
                <Button icon={<FolderOpenOutlined />}>{t('diagnosis.open', { count: all.length })}</Button>
              </Dropdown>
            )}
            {mayKeep && (
              <Button icon={<SaveOutlined />} disabled={forecast.isError} onClick={() => setName('')}>
                {t('diagnosis.keep')}
              </Button>
            )}
            <Button icon={<PrinterOutlined />} disabled={!result || forecast.isError} onClick={() => window.print()}>
              {t('diagnosis.print')}
            </Button>
          </Space>
        }
      />
      <div className="fp-diagnosis-beside">
        <div className="fp-stack">
          <Business input={input} change={change} wrong={wrong} />
          <Answers parts={questions.data.items} answers={input.answers} scores={result?.scores} change={(answers) => change({ answers })} />
        </div>
        <div className="fp-stack fp-diagnosis-result" aria-live="polite" aria-busy={forecast.isFetching}>
          {forecast.isError && wrong.size === 0 && <ProblemView error={forecast.error} onRetry={() => void forecast.refetch()} />}
          {result ? <ForecastView forecast={result} business={input.business} stale={forecast.isError} parts={questions.data.items} /> : !forecast.isError && <Loading rows={8} />}
        </div>
      </div>
      {result && <Assumptions all={result.assumptions} parts={questions.data.items} changed={input.assumptions ?? {}} change={(assumptions) => change({ assumptions })} wrong={wrong} />}
      <Modal title={t('diagnosis.keep')} open={name !== undefined} onCancel={() => setName(undefined)} onOk={() => void keep()} okText={t('common.save')} okButtonProps={{ disabled: !name?.trim() }}>
        <Input aria-label={t('diagnosis.name')} placeholder={t('diagnosis.name')} maxLength={60} value={name} onChange={(e) => setName(e.target.value)} onPressEnter={() => name?.trim() && void keep()} />
      </Modal>
    </div>
  );
}
