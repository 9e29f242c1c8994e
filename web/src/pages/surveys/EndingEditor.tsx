import { Card, Input } from 'antd';
import { useTranslation } from 'react-i18next';
import type { Ending, Spec } from '../../api/surveys';
import { Field } from '../../ui/Field';
import { LogicEditor } from './LogicEditor';

interface Props {
  spec: Spec;
  index: number;
  errorAt: (path: string) => string | undefined;
  onChange: (e: Ending) => void;
}

/** What is shown at the end, and for which answers. */
export function EndingEditor({ spec, index, errorAt, onChange }: Props) {
  const { t } = useTranslation();
  const e = spec.endings[index] as Ending;
  const path = `endings[${index}]`;
  const set = (patch: Partial<Ending>) => onChange({ ...e, ...patch });
  return (
    <Card className="fp-section" title={<h2>{t('surveys.endingN', { n: index + 1 })}</h2>}>
      <div className="fp-stack">
        <Field label={t('surveys.endingTitle')} error={errorAt(`${path}.title`)}>
          {(id) => <Input id={id} value={e.title} maxLength={80} onChange={(x) => set({ title: x.target.value })} />}
        </Field>
        <Field label={t('surveys.endingText')} error={errorAt(`${path}.text`)}>
          {(id) => <Input.TextArea id={id} value={e.text ?? ''} autoSize={{ minRows: 2, maxRows: 8 }} maxLength={1000} onChange={(x) => set({ text: x.target.value })} />}
        </Field>
        <div className="fp-two">
          <Field label={t('surveys.endingUrl')} error={errorAt(`${path}.url`)}>
            {(id) => <Input id={id} value={e.url ?? ''} maxLength={500} placeholder="https://" onChange={(x) => set({ url: x.target.value.trim() })} />}
          </Field>
          <Field label={t('surveys.endingButton')} error={errorAt(`${path}.button`)}>
            {(id) => <Input id={id} value={e.button ?? ''} maxLength={30} onChange={(x) => set({ button: x.target.value })} />}
          </Field>
        </div>
        <div>
          <h3>{t('surveys.endingWhen')}</h3>
          <LogicEditor questions={spec.questions} path={`${path}.show_if`} logic={e.show_if} errorAt={errorAt} onChange={(show_if) => set({ show_if })} />
        </div>
      </div>
    </Card>
  );
}
