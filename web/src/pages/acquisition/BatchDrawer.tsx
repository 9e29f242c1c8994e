import { FilePdfOutlined } from '@ant-design/icons';
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { Button, Drawer, InputNumber, Select } from 'antd';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { batches as api, pictures, type Batch, type Card } from '../../api/acquisition';
import { useMay } from '../../app/me';
import { useFormat } from '../../app/useFormat';
import { DataTable } from '../../ui/DataTable';
import { Pager } from '../../ui/Pager';
import { ExportMenu } from '../../ui/ExportMenu';
import { ProblemView, useNotifyProblem } from '../../ui/ProblemView';
import { usePages } from '../../ui/usePages';
import { TimeText } from '../../ui/values';
import { CopyText } from './CopyText';
import { useUndo } from '../../ui/useUndo';

const pageSize = 50;
/** As many cards as the server puts into one document. */
const perSheet = 2000;

/** The cards of a batch one by one, and the sheets to print them. */
export function BatchDrawer({ batch: b, onClose }: { batch: Batch; onClose: () => void }) {
  const { t } = useTranslation();
  const may = useMay();
  const f = useFormat();
  const notify = useNotifyProblem();
  const undo = useUndo();
  const queryClient = useQueryClient();
  const write = may('acquisition.write');
  const pages = usePages(b.id);
  const [from, setFrom] = useState(1);
  const [to, setTo] = useState(Math.min(b.cards, perSheet));
  const [poster, setPoster] = useState('');
  const posters = useQuery({ queryKey: ['posters'], queryFn: pictures.posters, enabled: write });
  const { cursor } = pages;
  const list = useQuery({ queryKey: ['cards', b.id, 'each', cursor], queryFn: () => api.cards(b.id, { limit: pageSize, cursor }), placeholderData: (before) => before });
  const set = async (c: Card, voided: boolean) => {
    await api.void(b.id, c.serial, voided);
    await queryClient.invalidateQueries({ queryKey: ['cards', b.id] });
  };
  const turn = (c: Card) => void set(c, !c.voided).then(() => undo(`card-${b.id}-${c.serial}`, t(c.voided ? 'cards.unvoided' : 'cards.voided', { serial: c.serial }), () => set(c, c.voided)), notify);
  return (
    <Drawer open size={820} title={b.name} onClose={onClose}>
      <div className="fp-stack">
        {write && (
          <div className="fp-toolbar fp-tight">
            <span>{t('cards.print')}</span>
            <InputNumber min={1} max={to} precision={0} value={from} aria-label={t('cards.first')} onChange={(n) => n && setFrom(n)} />
            <span>–</span>
            <InputNumber min={from} max={Math.min(b.cards, from + perSheet - 1)} precision={0} value={to} aria-label={t('cards.last')} onChange={(n) => n && setTo(n)} />
            <Select
              value={poster}
              aria-label={t('cards.behind')}
              popupMatchSelectWidth={false}
              onChange={setPoster}
              options={[{ value: '', label: t('cards.plain') }, ...(posters.data ?? []).map((p) => ({ value: p.id, label: p.name }))]}
            />
            <Button type="primary" icon={<FilePdfOutlined />} href={api.sheetAddress(b.id, { from, to, poster_id: poster || undefined })} download={`${b.name}.pdf`}>
              {t('cards.sheet')}
            </Button>
            <ExportMenu address={(format) => api.exportAddress(format, b.id)} help={t('cards.exportHelp')} />
          </div>
        )}
        {write && <span className="fp-muted fp-small">{t('cards.sheetHelp', { count: perSheet })}</span>}
        {list.isError ? (
          <ProblemView error={list.error} onRetry={() => void list.refetch()} />
        ) : (
          <div className="fp-table-wrap" aria-busy={list.isPlaceholderData}>
            <DataTable<Card>
              rowKey="serial"
              label={t('cards.each')}
              minWidth={600}
              loading={list.isPending}
              dataSource={list.data?.items ?? []}
              columns={[
                { key: 'serial', title: t('cards.serial'), width: 70, align: 'right', render: (_, c) => <span className="fp-num">{c.serial}</span> },
                { key: 'url', title: t('cards.address'), render: (_, c) => <CopyText text={c.url} /> },
                { key: 'scans', title: t('cards.scans'), width: 80, align: 'right', render: (_, c) => <span className="fp-num">{f.number(c.scans)}</span> },
                {
                  key: 'state',
                  title: t('codes.status'),
                  width: 180,
                  render: (_, c) =>
                    c.voided ? (
                      <span className="fp-no">{t('cards.isVoid')}</span>
                    ) : c.claimed_at ? (
                      <span className="fp-yes">
                        {t('cards.claimed')} <TimeText at={c.claimed_at} /> <code className="fp-small">{c.receipt}</code>
                      </span>
                    ) : (
                      <span className="fp-muted">{t(c.scans > 0 ? 'cards.scanned' : 'cards.unused')}</span>
                    ),
                },
                {
                  key: 'actions',
                  title: <span className="fp-hidden">{t('common.actions')}</span>,
                  width: write ? 90 : 1,
                  align: 'right',
                  render: (_, c) =>
                    write && (
                      <Button size="small" aria-label={t(c.voided ? 'cards.unvoidOf' : 'cards.voidOf', { serial: c.serial })} onClick={() => turn(c)}>
                        {t(c.voided ? 'cards.unvoid' : 'cards.void')}
                      </Button>
                    ),
                },
              ]}
            />
            <Pager pages={pages} next={list.data?.next_cursor} note={list.data && t('cards.total', { count: list.data.total, number: f.number(list.data.total) })} />
          </div>
        )}
      </div>
    </Drawer>
  );
}
