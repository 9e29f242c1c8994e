import { LeftOutlined, RightOutlined, UploadOutlined } from '@ant-design/icons';
import { getRouteApi, useNavigate } from '@tanstack/react-router';
import { Button, DatePicker, Grid, Select } from 'antd';
import dayjs from 'dayjs';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { costs as api } from '../../api/acquisition';
import { useMay } from '../../app/me';
import { useFormat } from '../../app/useFormat';
import { dayOf } from '../../lib/zone';
import { EmptyState } from '../../ui/EmptyState';
import { ExportMenu } from '../../ui/ExportMenu';
import { Loading } from '../../ui/Loading';
import { ProblemView } from '../../ui/ProblemView';
import { CostGrid } from './CostGrid';
import { CostUpload } from './CostUpload';
import { addDays, daysFrom, isDay } from './days';
import { SpreadDialog } from './SpreadDialog';
import { useChannels, type ChannelNode } from './useChannels';
import { useCosts } from './useCosts';
import './costs.css';

const route = getRouteApi('/shell/channels');

/** Costs by channel and day, typed in as into a spreadsheet. */
export function CostsTab() {
  const { t } = useTranslation();
  const may = useMay();
  const f = useFormat();
  const navigate = useNavigate();
  const screens = Grid.useBreakpoint();
  const search = route.useSearch();
  const { query, tree } = useChannels();
  const [dialog, setDialog] = useState<'spread' | 'file'>();
  const width = screens.xl ?? true ? 14 : (screens.md ?? true) ? 7 : 3;
  const today = dayOf(new Date().toISOString(), f.timeZone);
  const last = isDay(search.day) ? search.day : today;
  const days = daysFrom(addDays(last, 1 - width), width);
  const platform = search.channel ?? '';
  const costs = useCosts(days[0]!, last);
  const write = may('acquisition.write');

  if (query.isError) return <ProblemView error={query.error} onRetry={() => void query.refetch()} />;
  if (query.isPending) return <Loading rows={8} />;
  const go = (next: { day?: string; channel?: string }) => {
    const day = next.day ?? search.day;
    const channel = next.channel ?? platform;
    void navigate({ to: '/channels', search: { tab: 'costs', ...(day && day !== today ? { day } : {}), ...(channel ? { channel } : {}) } });
  };
  // What is archived is shown while it has costs here: they count.
  const spent = new Set(costs.list.map((c) => c.channel_id));
  const shown = (nodes: readonly ChannelNode[]): ChannelNode[] => nodes.flatMap((n) => [...(!n.archived || spent.has(n.id) ? [n] : []), ...shown(n.below)]);
  const rows = shown(platform ? tree.filter((n) => n.id === platform) : tree);
  const range = { from: days[0], to: last, channel_id: platform || undefined };

  return (
    <>
      <div className="fp-toolbar">
        <span className="fp-day-steps">
          <Button icon={<LeftOutlined />} aria-label={t('costs.earlier')} onClick={() => go({ day: addDays(last, -width) })} />
          <DatePicker allowClear={false} value={dayjs(last)} aria-label={t('costs.until')} onChange={(d) => d && go({ day: d.format('YYYY-MM-DD') })} />
          <Button icon={<RightOutlined />} aria-label={t('costs.later')} onClick={() => go({ day: addDays(last, width) })} />
        </span>
        {tree.length > 1 && (
          <Select
            value={platform}
            aria-label={t('costs.platform')}
            popupMatchSelectWidth={false}
            onChange={(channel) => go({ channel })}
            options={[{ value: '', label: t('costs.allPlatforms') }, ...tree.map((n) => ({ value: n.id, label: n.name }))]}
          />
        )}
        <span className="fp-end">
          {write && <Button onClick={() => setDialog('spread')}>{t('costs.spread')}</Button>}
          {write && (
            <Button icon={<UploadOutlined />} onClick={() => setDialog('file')}>
              {t('costs.upload')}
            </Button>
          )}
          <ExportMenu address={(format) => api.exportAddress(format, range)} help={{ csv: t('costs.exportHelp') }} />
        </span>
      </div>
      {costs.query.isError && <ProblemView error={costs.query.error} onRetry={() => void costs.query.refetch()} />}
      <div className="fp-table-wrap" aria-busy={costs.query.isFetching && costs.query.isPlaceholderData}>
        {rows.length === 0 ? (
          <EmptyState title={t('channels.emptyTitle')} text={t('costs.emptyText')} />
        ) : (
          <CostGrid rows={rows} days={days} today={today} minor={costs.minor} write={write} />
        )}
      </div>
      <p className="fp-foot-note fp-muted fp-small">{t('costs.how', { currency: f.currency })}</p>
      {dialog === 'spread' && <SpreadDialog channel={platform} onClose={() => setDialog(undefined)} />}
      {dialog === 'file' && <CostUpload onClose={() => setDialog(undefined)} />}
    </>
  );
}
