import { useMutation, useQueryClient } from '@tanstack/react-query';
import { Link, useNavigate } from '@tanstack/react-router';
import { Alert, App, Button, Space, Tabs } from 'antd';
import { useTranslation } from 'react-i18next';
import { campaigns, type Campaign } from '../../api/campaigns';
import { useMay } from '../../app/me';
import { useFormat } from '../../app/useFormat';
import { PageHeader } from '../../ui/PageHeader';
import { useNotifyProblem } from '../../ui/ProblemView';
import { TimeText } from '../../ui/values';
import { CampaignStatus } from './CampaignStatus';
import { Preview } from './Preview';
import { ProgressView } from './ProgressView';
import { ReportView } from './ReportView';
import { SeriesView } from './SeriesView';
import { useDuplicate } from './useDuplicate';

const steering = ['approve', 'withdraw', 'pause', 'resume', 'cancel'] as const;
type Steering = (typeof steering)[number];

/** What may be done to a campaign now. */
function open(c: Campaign, may: (permission: string) => boolean): Steering[] {
  const send = may('campaign.send');
  const can: Record<Steering, boolean> = {
    approve: c.status === 'awaiting' && may('campaign.approve') && !c.own_submission,
    withdraw: send && ['awaiting', 'planned'].includes(c.status) && !c.frozen_at,
    pause: send && ['sending', 'running'].includes(c.status),
    resume: send && c.status === 'paused',
    cancel: send && ['awaiting', 'planned', 'sending', 'running', 'paused'].includes(c.status),
  };
  return steering.filter((s) => can[s]);
}

/** A campaign that was submitted: how far it is, what it brought, what it said. */
export function SentPage({ campaign: c, tab }: { campaign: Campaign; tab?: string }) {
  const { t } = useTranslation();
  const may = useMay();
  const f = useFormat();
  const navigate = useNavigate();
  const { modal } = App.useApp();
  const notify = useNotifyProblem();
  const queries = useQueryClient();
  const duplicate = useDuplicate();
  const steer = useMutation({
    mutationFn: (what: Steering) => campaigns[what](c.id),
    onError: notify,
    onSettled: () => queries.invalidateQueries({ queryKey: ['campaign', c.id] }),
  });
  const series = c.kind === 'series';
  const word = (what: Steering) => (series && what === 'cancel' ? t('campaigns.again.stop') : t(`campaigns.${what}`));
  const act = (what: Steering) => {
    if (what !== 'cancel' && what !== 'approve') {
      steer.mutate(what);
      return;
    }
    void modal.confirm({
      title: word(what),
      content: what === 'cancel' ? t(series ? 'campaigns.again.stopText' : 'campaigns.cancelText') : t('campaigns.approveText', { people: f.number(c.people) }),
      okText: word(what),
      okButtonProps: { danger: what === 'cancel' },
      onOk: () => steer.mutateAsync(what).catch(() => undefined),
    });
  };
  const tabs = [
    { key: 'progress', label: t('campaigns.progress'), children: series ? <SeriesView campaign={c} /> : <ProgressView campaign={c} /> },
    // What a series brought stands with each campaign that it made.
    ...(series ? [] : [{ key: 'report', label: t('campaigns.report'), children: <ReportView campaign={c} /> }]),
    ...(may('campaign.write') ? [{ key: 'content', label: t('campaigns.content'), children: <Preview campaign={c} /> }] : []),
    { key: 'history', label: t('campaigns.history'), children: <History campaign={c} /> },
  ];
  const active = tabs.find((x) => x.key === tab)?.key ?? 'progress';
  return (
    <>
      <PageHeader
        title={c.name}
        note={[c.segment_name || t('campaigns.noSegment'), t(`reach.purposes.${c.purpose}`), c.start_at ? f.dateTime(c.start_at) : ''].filter(Boolean).join(' · ')}
        extra={
          <Space wrap>
            <CampaignStatus campaign={c} />
            {open(c, may).map((what) => (
              <Button key={what} type={what === 'approve' ? 'primary' : 'default'} danger={what === 'cancel'} loading={steer.isPending && steer.variables === what} onClick={() => act(what)}>
                {word(what)}
              </Button>
            ))}
            {may('campaign.write') && (
              <Button loading={duplicate.isPending} onClick={() => duplicate.mutate(c.id)}>
                {t('campaigns.duplicate')}
              </Button>
            )}
          </Space>
        }
      />
      {c.series_id && (
        <p>
          <Link to="/campaigns/$campaignId" params={{ campaignId: c.series_id }} search={{}}>
            {t('campaigns.again.partOf', { day: c.occurrence })}
          </Link>
        </p>
      )}
      {c.why && <Alert className="fp-campaign-gap" type="info" showIcon title={t(`campaigns.whys.${c.why}`, { defaultValue: c.why })} description={c.own_submission ? t('campaigns.own') : undefined} />}
      <Tabs activeKey={active} items={tabs} destroyOnHidden onChange={(key) => void navigate({ to: '/campaigns/$campaignId', params: { campaignId: c.id }, search: key === 'progress' ? {} : { tab: key } })} />
    </>
  );
}

/** Who did what when. */
function History({ campaign: c }: { campaign: Campaign }) {
  const { t } = useTranslation();
  const lines: [string, string | null, string][] = [
    ['created', c.created_at, c.created_name],
    ['submitted', c.submitted_at, c.submitted_name],
    ['approved', c.approved_at, c.approved_name],
    ['frozen', c.frozen_at, ''],
    ['finished', c.finished_at, ''],
  ];
  return (
    <ul className="fp-list fp-campaign-history">
      {lines
        .filter(([, at]) => at)
        .map(([key, at, by]) => (
          <li key={key}>
            <span className="fp-grow">{t(`campaigns.done.${key}`)}</span>
            {by && <span>{by}</span>}
            <span className="fp-muted">
              <TimeText at={at} exact />
            </span>
          </li>
        ))}
    </ul>
  );
}
