import { CloseOutlined, CopyOutlined, DeleteOutlined, WarningFilled } from '@ant-design/icons';
import { Button, Space } from 'antd';
import { useTranslation } from 'react-i18next';
import type { Options } from '../../../api/journeys';
import { JourneyForm } from '../forms/JourneyForm';
import { StepForm } from '../forms/StepForm';
import { stepOf } from '../model/edits';
import { start } from '../model/graph';
import type { Words } from '../model/words';
import type { useEditing } from './useEditing';
import type { JourneyDraft } from './useJourneyDraft';

interface Props {
  journeyId: string;
  draft: JourneyDraft;
  editing: ReturnType<typeof useEditing>;
  options?: Options;
  words: Words;
  numbers: ReadonlyMap<string, number>;
  disabled: boolean;
}

/** Beside the drawing: the chosen step, or what holds for the whole journey. */
export function Side({ journeyId, draft, editing, options, words, numbers, disabled }: Props) {
  const { t } = useTranslation();
  const { selected } = editing;
  const step = selected.length === 1 ? stepOf(draft.spec, selected[0]!) : undefined;
  const wrong = draft.problems.get(step?.id ?? start) ?? [];
  if (selected.length > 1)
    return (
      <aside className="fp-journey-side" aria-label={t('journeys.selected', { count: selected.length })}>
        <h2>{t('journeys.selected', { count: selected.length })}</h2>
        {!disabled && (
          <Space wrap>
            <Button icon={<CopyOutlined />} onClick={() => editing.copy(selected)}>
              {t('journeys.copySelected')}
            </Button>
            <Button danger icon={<DeleteOutlined />} onClick={() => editing.remove(selected)}>
              {t('journeys.removeSelected')}
            </Button>
          </Space>
        )}
      </aside>
    );
  const title = step ? `${numbers.get(step.id) ?? ''} ${words.name(step)}` : t('journeys.settings');
  return (
    <aside className="fp-journey-side" aria-label={title}>
      <header>
        <h2>{title}</h2>
        {step && (
          <Space size={0}>
            {!disabled && (
              <>
                <Button type="text" size="small" icon={<CopyOutlined />} title={t('journeys.doubleStep')} aria-label={t('journeys.doubleStep')} onClick={() => editing.double(step.id)} />
                <Button type="text" size="small" icon={<DeleteOutlined />} title={t('journeys.removeStep')} aria-label={t('journeys.removeStep')} onClick={() => editing.remove([step.id])} />
              </>
            )}
            <Button type="text" size="small" icon={<CloseOutlined />} title={t('common.close')} aria-label={t('common.close')} onClick={() => editing.choose([])} />
          </Space>
        )}
      </header>
      {wrong.length > 0 && (
        <div role="status">
          <ul className="fp-journey-wrong">
            {wrong.map((p) => (
              <li key={p}>
                <WarningFilled aria-hidden="true" /> {p}
              </li>
            ))}
          </ul>
        </div>
      )}
      <div className="fp-journey-form" key={step?.id ?? ''}>
        {step ? <StepForm journeyId={journeyId} spec={draft.spec} step={step} options={options} words={words} disabled={disabled} edit={draft.edit} /> : <JourneyForm name={draft.name} spec={draft.spec} options={options} disabled={disabled} edit={draft.edit} rename={draft.rename} />}
      </div>
    </aside>
  );
}
