import { DownloadOutlined, PrinterOutlined } from '@ant-design/icons';
import { useQuery } from '@tanstack/react-query';
import { Alert, Button } from 'antd';
import { useTranslation } from 'react-i18next';
import { campaigns, type Campaign, type LinkReport, type Report, type VariantReport } from '../../api/campaigns';
import { useFormat } from '../../app/useFormat';
import { download, toCsv } from '../../lib/csv';
import { totalOf } from '../../lib/sending';
import { DataTable } from '../../ui/DataTable';
import { EmptyState } from '../../ui/EmptyState';
import { Loading } from '../../ui/Loading';
import { ProblemView } from '../../ui/ProblemView';
import { sheetOf } from './reportWords';
import { UpliftTable } from './UpliftTable';

/** What a campaign brought, with intervals, or that one cannot tell yet; beside it the usual figures, which cannot tell. */
export function ReportView({ campaign: c }: { campaign: Campaign }) {
  const { t } = useTranslation();
  const f = useFormat();
  const report = useQuery({ queryKey: ['campaign', c.id, 'report', c.status], queryFn: () => campaigns.report(c.id), refetchInterval: c.status === 'sending' ? 10_000 : false });
  const r = report.data;
  if (report.isError) return <ProblemView error={report.error} onRetry={() => void report.refetch()} />;
  if (!r) return <Loading rows={8} />;
  if (!r.from) return <EmptyState title={t('campaigns.noReportTitle')} text={t('campaigns.noReport')} />;
  const head = (['outcome', 'controlPeople', 'control', 'treatedPeople', 'treated', 'per1000', 'low', 'high', 'total', 'pValue', 'verdict'] as const).map((k) => t(`campaigns.${k}`));
  return (
    <div className="fp-stack fp-campaign-report">
      <div className="fp-toolbar fp-no-print">
        <span className="fp-end">
          <Button icon={<DownloadOutlined />} onClick={() => download(`${c.name}.csv`, toCsv(sheetOf(r, (k) => t(`campaigns.outcomes.${k}`), head)))}>
            {t('campaigns.exportReport')}
          </Button>
          <Button icon={<PrinterOutlined />} onClick={() => window.print()}>
            {t('campaigns.print')}
          </Button>
        </span>
      </div>
      {r.early && r.until && <Alert type="warning" showIcon title={t('campaigns.early', { until: f.date(r.until) })} />}
      <Uplift report={r} />
      <Vanity report={r} campaign={c} />
      <Variants report={r} />
      <Links report={r} />
    </div>
  );
}

function Uplift({ report: r }: { report: Report }) {
  const { t } = useTranslation();
  const f = useFormat();
  const outcomes = r.outcomes ?? [];
  return (
    <section className="fp-campaign-box" aria-labelledby="uplift">
      <h2 id="uplift">{t('campaigns.uplift')}</h2>
      <p className="fp-muted">{t('campaigns.reportNote', { treated: f.number(r.treated), holdout: f.number(r.holdout) })}</p>
      {outcomes.length === 0 ? (
        <Alert type="info" showIcon title={t('campaigns.noHoldout')} />
      ) : (
        <UpliftTable outcomes={outcomes} currency={r.currency} />
      )}
      {r.mixed > 0 && <p className="fp-muted fp-small">{t('campaigns.mixed', { count: r.mixed })}</p>}
    </section>
  );
}

/** The figures that everybody shows. They say how it went, not what it brought. */
function Vanity({ report: r, campaign: c }: { report: Report; campaign: Campaign }) {
  const { t } = useTranslation();
  const f = useFormat();
  const p = r.progress;
  if (!p) return null;
  const of = (n: number) => (p.sent > 0 ? f.share(n / p.sent, 1) : '—');
  const lines: [string, number, string][] = [
    ['sent', p.sent, ''],
    ['delivered', p.delivered, of(p.delivered)],
    ['read', p.read, of(p.read)],
    ['clickers', c.clickers, of(c.clickers)],
    ['clicks', c.clicks, ''],
    ['failed', totalOf(p.failed), of(totalOf(p.failed))],
  ];
  return (
    <section className="fp-campaign-box" aria-labelledby="vanity">
      <h2 id="vanity">{t('campaigns.vanity')}</h2>
      <p className="fp-muted">{t('campaigns.vanityNote')}</p>
      <dl className="fp-figures">
        {lines
          .filter(([key, n]) => n > 0 || key === 'sent' || key === 'clickers')
          .map(([key, n, share]) => (
            <div key={key}>
              <dt>{t(`campaigns.figures.${key}`)}</dt>
              <dd className="fp-num">
                {f.number(n)} {share && <span className="fp-muted fp-small">{share}</span>}
              </dd>
            </div>
          ))}
      </dl>
    </section>
  );
}

function Variants({ report: r }: { report: Report }) {
  const { t } = useTranslation();
  const f = useFormat();
  const variants = r.variants ?? [];
  if (variants.length === 0) return null;
  const keys = (variants[0]?.outcomes ?? []).map((o) => o.key);
  const rates = ['clickers', 'visitors', 'buyers', 'unsubscribed'];
  const cell = (v: VariantReport, key: string) => {
    const o = v.outcomes?.find((x) => x.key === key);
    if (!o) return '—';
    const better = (o.against ?? []).filter((a) => a.verdict === 'higher').map((a) => a.name);
    return (
      <>
        <span className="fp-num">{key === 'money' ? f.money(Math.round(o.mean), r.currency) : rates.includes(key) ? f.share(o.mean, 2) : f.number(Math.round(o.mean * 1000) / 1000)}</span>
        {better.length > 0 && <div className={`fp-small ${key === 'unsubscribed' ? 'fp-no' : 'fp-yes'}`}>{t('campaigns.above', { names: better.join(', ') })}</div>}
      </>
    );
  };
  const told = variants.some((v) => v.outcomes?.some((o) => o.against?.some((a) => a.verdict !== 'cannot_tell')));
  return (
    <section className="fp-campaign-box" aria-labelledby="variants">
      <h2 id="variants">{t('campaigns.byVersion')}</h2>
      <p className="fp-muted">{told ? t('campaigns.byVersionNote') : t('campaigns.byVersionNone')}</p>
      <DataTable<VariantReport>
        rowKey="name"
        label={t('campaigns.byVersion')}
        minWidth={720}
        dataSource={variants}
        columns={[
          { key: 'name', title: t('campaigns.fields.versionName'), render: (_, v) => <b>{t('campaigns.version', { name: v.name })}</b> },
          { key: 'people', title: t('campaigns.people'), align: 'right', render: (_, v) => <span className="fp-num">{f.number(v.people)}</span> },
          ...keys.map((key) => ({ key, title: t(`campaigns.perPerson.${key}`), align: 'right' as const, render: (_: unknown, v: VariantReport) => cell(v, key) })),
        ]}
      />
    </section>
  );
}

function Links({ report: r }: { report: Report }) {
  const { t } = useTranslation();
  const f = useFormat();
  const links = r.links ?? [];
  if (links.length === 0) return null;
  return (
    <section className="fp-campaign-box" aria-labelledby="links">
      <h2 id="links">{t('campaigns.links')}</h2>
      <DataTable<LinkReport>
        rowKey="n"
        label={t('campaigns.links')}
        minWidth={520}
        dataSource={links}
        columns={[
          { key: 'url', title: t('campaigns.link'), render: (_, l) => <span className="fp-break">{l.url}</span> },
          { key: 'people', title: t('campaigns.figures.clickers'), align: 'right', width: 120, render: (_, l) => <span className="fp-num">{f.number(l.people)}</span> },
          { key: 'clicks', title: t('campaigns.figures.clicks'), align: 'right', width: 120, render: (_, l) => <span className="fp-num">{f.number(l.clicks)}</span> },
        ]}
      />
    </section>
  );
}
