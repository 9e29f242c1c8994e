import { useBlocker } from '@tanstack/react-router';
import { Alert, Button, Input, Modal, Space } from 'antd';
import { useEffect, useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { SOP, SOPChoices, SOPStep } from '../../api/sops';
import { EmptyState } from '../../ui/EmptyState';
import { Field } from '../../ui/Field';
import { useNotifyProblem } from '../../ui/ProblemView';
import { Calendar } from './Calendar';
import { RulesForm } from './RulesForm';
import { Ruler } from './Ruler';
import { inOrder, newStep, stepId } from './spec';
import { StepForm } from './StepForm';
import { useSOPDraft } from './useSOPDraft';

interface Props {
  sop: SOP;
  choices?: SOPChoices;
  write: boolean;
  run: boolean;
  onPublish: (revision: number) => void;
}

/** What a series does: its rules, its days, and the step that is being written. */
export function EditTab({ sop, choices, write, run, onPublish }: Props) {
  const { t } = useTranslation();
  const notify = useNotifyProblem();
  const readOnly = !write || sop.status === 'stopped';
  const { draft, set, dirty, save, problems, notes, revision, checking } = useSOPDraft(sop, write);
  const [selected, setSelected] = useState<string | undefined>(() => inOrder(sop.spec.steps)[0]?.id);
  const [preview, setPreview] = useState(false);
  const blocker = useBlocker({ shouldBlockFn: () => dirty, withResolver: true, enableBeforeUnload: () => dirty });
  const steps = draft.spec.steps;
  const setSteps = (next: SOPStep[]) => set({ ...draft, spec: { ...draft.spec, steps: next } });
  const step = steps.find((s) => s.id === selected);
  const wrong = new Set([...problems.keys()].map((k) => k.split('.')[0] ?? ''));
  const store = () => save.mutateAsync(draft).catch((e: unknown) => void notify(e));
  useEffect(() => {
    if (!step && steps.length > 0) setSelected(inOrder(steps)[0]?.id);
  }, [step, steps]);
  const subject = (choices?.accounts ?? []).some((a) => a.subject && (draft.spec.account_ids ?? []).includes(a.id));
  return (
    <>
      {!readOnly && (
        <div className="fp-sop-bar">
          <span className="fp-muted" role="status">
            {dirty ? t('sop.dirty') : sop.unpublished && sop.version > 0 ? t('sop.unpublished') : t('sop.stored')}
            {problems.size > 0 ? ` · ${t('sop.toMend', { count: problems.size })}` : ''}
          </span>
          <Space wrap>
            <Button onClick={() => setPreview(true)}>{t('sop.preview')}</Button>
            <Button loading={save.isPending} disabled={!dirty} onClick={() => void store()}>
              {t('common.save')}
            </Button>
            {run && (
              <Button type="primary" disabled={dirty || checking || problems.size > 0 || (!sop.unpublished && sop.status !== 'draft')} onClick={() => onPublish(revision)}>
                {sop.version > 0 ? t('sop.publishAgain') : t('sop.publish')}
              </Button>
            )}
          </Space>
        </div>
      )}
      {problems.get('steps') && <Alert type="info" showIcon title={problems.get('steps')} />}
      {notes.map((n) => (
        <Alert key={n} type="info" showIcon title={n} />
      ))}
      <div className="fp-sop-edit">
        <div className="fp-sop-side">
          <Field label={t('sop.name')} error={problems.get('name')}>
            {(id) => <Input id={id} value={draft.name} maxLength={60} disabled={readOnly} onChange={(e) => set({ ...draft, name: e.target.value })} />}
          </Field>
          <RulesForm kind={draft.kind} spec={draft.spec} choices={choices} readOnly={readOnly} errorAt={(f) => problems.get(f)} onChange={(spec) => set({ ...draft, spec })} />
        </div>
        <div className="fp-sop-main">
          {steps.length === 0 ? (
            <EmptyState
              title={t('sop.noSteps')}
              text={t('sop.noStepsText')}
              action={
                !readOnly && (
                  <Button
                    type="primary"
                    onClick={() => {
                      const s = newStep([], 0, '20:00');
                      setSteps([s]);
                      setSelected(s.id);
                    }}
                  >
                    {t('sop.firstStep')}
                  </Button>
                )
              }
            />
          ) : (
            <Ruler steps={steps} selected={selected} wrong={wrong} readOnly={readOnly} onSelect={setSelected} onChange={setSteps} />
          )}
          {step && (
            <StepForm
              key={step.id}
              step={step}
              kind={draft.kind}
              choices={choices}
              subject={subject}
              readOnly={readOnly}
              errorAt={(f) => problems.get(`${step.id}.${f}`)}
              onChange={(s) => setSteps(steps.map((x) => (x.id === s.id ? s : x)))}
              onRemove={() => setSteps(steps.filter((x) => x.id !== step.id))}
              onCopy={() => {
                const s = { ...step, id: stepId(steps), day: step.day + 1 };
                setSteps([...steps, s]);
                setSelected(s.id);
              }}
            />
          )}
        </div>
      </div>
      {preview && <Calendar draft={draft} onClose={() => setPreview(false)} />}
      <Modal open={blocker.status === 'blocked'} title={t('sop.leaveTitle')} okText={t('sop.leave')} okButtonProps={{ danger: true }} onOk={() => blocker.proceed?.()} onCancel={() => blocker.reset?.()}>
        {t('sop.leaveText')}
      </Modal>
    </>
  );
}
