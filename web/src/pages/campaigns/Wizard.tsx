import { useBlocker } from '@tanstack/react-router';
import { Alert, Button, Modal, Space, Steps } from 'antd';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { Campaign } from '../../api/campaigns';
import { useMay } from '../../app/me';
import { useFormat } from '../../app/useFormat';
import { PageHeader } from '../../ui/PageHeader';
import { ProblemView } from '../../ui/ProblemView';
import { CampaignStatus } from './CampaignStatus';
import { CheckStep } from './CheckStep';
import { steps } from './draft';
import { Preview } from './Preview';
import { useDraft } from './useDraft';
import { WhatStep } from './WhatStep';
import { WhenStep } from './WhenStep';
import { WhoStep } from './WhoStep';

/** A draft, in four steps: who, what, when, check and send. It stores itself while one writes. */
export function Wizard({ campaign: c, onReload }: { campaign: Campaign; onReload: () => void }) {
  const { t } = useTranslation();
  const f = useFormat();
  const write = useMay()('campaign.write');
  const [step, setStep] = useState(0);
  const { draft, set, saving, troubles, problem, dirty, flush } = useDraft(c, f.timeZone, write);
  const blocker = useBlocker({ shouldBlockFn: async () => dirty && !(await flush()), withResolver: true, enableBeforeUnload: () => dirty });
  const [turning, setTurning] = useState(false);
  const [open, setOpen] = useState(0); // the version that is being written
  const go = async (to: number) => {
    setTurning(true);
    const stored = !write || (await flush());
    setTurning(false);
    // What stands in the way elsewhere does not keep one here.
    if (stored || to < step) setStep(to);
  };
  const errorAt = (at: string) => troubles.find((x) => x.at === at)?.text;
  const elsewhere = troubles.filter((x) => x.step !== steps[step]);
  const props = { draft, set, errorAt, disabled: !write };
  const key = steps[step] ?? 'who';
  return (
    <>
      <PageHeader
        title={c.name}
        extra={
          <Space wrap>
            {write && (
              <span className={`fp-campaign-saving ${saving}`} role="status">
                {t(`campaigns.saving.${saving}`)}
              </span>
            )}
            <CampaignStatus campaign={c} />
          </Space>
        }
      />
      <Steps
        className="fp-campaign-steps"
        size="small"
        current={step}
        onChange={(to) => void go(to)}
        items={steps.map((s) => ({ title: t(`campaigns.steps.${s}`), ...(troubles.some((x) => x.step === s) ? { status: 'error' as const } : {}) }))}
      />
      {saving === 'conflict' && (
        <Alert type="error" showIcon role="alert" title={t('campaigns.conflict')} description={t('campaigns.conflictText')} action={<Button onClick={onReload}>{t('campaigns.reopen')}</Button>} />
      )}
      {problem && saving === 'failed' && <ProblemView error={problem} onRetry={() => void flush()} />}
      {elsewhere.length > 0 && (
        <Alert
          type="warning"
          showIcon
          title={t('campaigns.elsewhere')}
          action={<Button onClick={() => setStep(steps.indexOf(elsewhere[0]!.step))}>{t('campaigns.mend')}</Button>}
        />
      )}
      <div className={`fp-campaign-step ${key}`}>
        {key === 'who' && <WhoStep {...props} campaign={c} />}
        {key === 'what' && (
          <div className="fp-campaign-beside">
            <WhatStep {...props} open={open} setOpen={setOpen} />
            <Preview campaign={c} stale={dirty} versions={draft.versions.map((v) => v.name)} version={draft.versions[Math.min(open, draft.versions.length - 1)]?.name} />
          </div>
        )}
        {key === 'when' && <WhenStep {...props} />}
        {key === 'check' && <CheckStep campaign={c} onMend={(s) => setStep(steps.indexOf(s))} />}
        {key !== 'check' && (
          <Space>
            {step > 0 && <Button onClick={() => void go(step - 1)}>{t('campaigns.back')}</Button>}
            <Button type="primary" loading={turning} onClick={() => void go(step + 1)}>
              {t('campaigns.next')}
            </Button>
          </Space>
        )}
      </div>
      <Modal open={blocker.status === 'blocked'} title={t('campaigns.leaveTitle')} okText={t('campaigns.leave')} okButtonProps={{ danger: true }} onOk={() => blocker.proceed?.()} onCancel={() => blocker.reset?.()}>
        {t('campaigns.leaveText')}
      </Modal>
    </>
  );
}
