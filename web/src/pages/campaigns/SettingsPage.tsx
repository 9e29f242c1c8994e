import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { Alert, Button, InputNumber } from 'antd';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { campaigns, type CampaignSettings } from '../../api/campaigns';
import { asProblem } from '../../api/problem';
import { useMay } from '../../app/me';
import { Field } from '../../ui/Field';
import { Loading } from '../../ui/Loading';
import { PageHeader } from '../../ui/PageHeader';
import { ProblemView } from '../../ui/ProblemView';
import { useUndo } from '../../ui/useUndo';
import './campaigns.css';

/** From which size a colleague must approve, and how many are left out to measure against. */
export function CampaignSettingsPage() {
  const { t } = useTranslation();
  const read = useQuery({ queryKey: ['campaign-settings'], queryFn: campaigns.settings });
  return (
    <div className="fp-page">
      <nav className="fp-crumb">
        <Link to="/campaigns" search={{}}>
          {t('campaigns.title')}
        </Link>
      </nav>
      <PageHeader title={t('campaigns.settings.title')} note={t('campaigns.settings.note')} />
      {read.isError ? <ProblemView error={read.error} onRetry={() => void read.refetch()} /> : read.isPending ? <Loading rows={6} /> : <Form key={JSON.stringify(read.data)} stored={read.data} />}
    </div>
  );
}

function Form({ stored }: { stored: CampaignSettings }) {
  const { t } = useTranslation();
  const may = useMay();
  const undo = useUndo();
  const queries = useQueryClient();
  const [draft, setDraft] = useState(stored);
  const write = may('campaign.settings');
  const put = (s: CampaignSettings) => campaigns.saveSettings(s).then((saved) => void queries.setQueryData(['campaign-settings'], saved));
  const save = useMutation({ mutationFn: () => put(draft), onSuccess: () => undo('campaign-settings', t('common.saved'), () => put(stored)) });
  const fields = save.isError ? asProblem(save.error).fields : [];
  const errorAt = (key: string) => fields.find((x) => x.location === `body.${key}`)?.message;
  return (
    <div className="fp-campaign-box fp-campaign-fields">
      {!write && <Alert type="info" showIcon title={t('gate.ownerOnly')} />}
      <Field label={t('campaigns.settings.approve_over')} help={t('campaigns.settings.approveHelp')} error={errorAt('approve_over')}>
        {(id) => <InputNumber id={id} min={0} max={100_000_000} precision={0} disabled={!write} style={{ width: 160 }} suffix={t('campaigns.settings.peopleUnit')} value={draft.approve_over} onChange={(v) => v !== null && setDraft({ ...draft, approve_over: v })} />}
      </Field>
      <Field label={t('campaigns.settings.holdout_bp')} help={t('campaigns.settings.holdoutHelp')} error={errorAt('holdout_bp')}>
        {(id) => <InputNumber id={id} min={0} max={50} precision={1} disabled={!write} style={{ width: 160 }} suffix="%" value={draft.holdout_bp / 100} onChange={(v) => v !== null && setDraft({ ...draft, holdout_bp: Math.round(v * 100) })} />}
      </Field>
      <Field label={t('campaigns.settings.global_bp')} help={t('campaigns.settings.globalHelp')} error={errorAt('global_bp')}>
        {(id) => <InputNumber id={id} min={0} max={20} precision={1} disabled={!write} style={{ width: 160 }} suffix="%" value={draft.global_bp / 100} onChange={(v) => v !== null && setDraft({ ...draft, global_bp: Math.round(v * 100) })} />}
      </Field>
      {save.isError && fields.length === 0 && <ProblemView error={save.error} />}
      {write && (
        <div>
          <Button type="primary" disabled={JSON.stringify(draft) === JSON.stringify(stored)} loading={save.isPending} onClick={() => save.mutate()}>
            {t('common.save')}
          </Button>
        </div>
      )}
    </div>
  );
}
