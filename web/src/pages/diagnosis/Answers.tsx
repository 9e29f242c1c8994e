import { Progress, Radio } from 'antd';
import { useTranslation } from 'react-i18next';
import type { DiagnosisPart } from '../../api/diagnosis';

interface Props {
  parts: DiagnosisPart[];
  answers: Record<string, number>;
  scores?: Record<string, number>;
  change: (answers: Record<string, number>) => void;
}

/** The questionnaire, part by part; what is not answered counts as half. */
export function Answers({ parts, answers, scores, change }: Props) {
  const { t } = useTranslation();
  return (
    <>
      {parts.map((p) => {
        const said = p.questions.filter((q) => q.key in answers).length;
        return (
          <section key={p.key} className="fp-diagnosis-box" aria-label={p.text}>
            <header className="fp-diagnosis-part">
              <h2>{p.text}</h2>
              <span className="fp-muted fp-small">{t('diagnosis.answered', { said, of: p.questions.length })}</span>
              {scores && <Progress aria-label={t('diagnosis.scoreOf', { part: p.text })} percent={Math.round(scores[p.key] ?? 0)} size="small" status="normal" format={(n) => String(n)} style={{ width: 140 }} />}
            </header>
            {p.questions.map((q) => (
              <fieldset key={q.key} className="fp-diagnosis-question">
                <legend>{q.text}</legend>
                <Radio.Group value={answers[q.key]} onChange={(e) => change({ ...answers, [q.key]: Number(e.target.value) })} options={q.answers.map((text, value) => ({ label: text, value }))} />
              </fieldset>
            ))}
          </section>
        );
      })}
    </>
  );
}
