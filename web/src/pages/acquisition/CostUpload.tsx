import { InboxOutlined } from '@ant-design/icons';
import { useMutation } from '@tanstack/react-query';
import { Alert, App, Button, Checkbox, Modal, Upload } from 'antd';
import { useMemo, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { costs as api } from '../../api/acquisition';
import { asProblem } from '../../api/problem';
import { useFormat } from '../../app/useFormat';
import { DataTable } from '../../ui/DataTable';
import { ProblemView } from '../../ui/ProblemView';
import { decode, readCosts, type CostLine } from './costFile';
import { useChannels } from './useChannels';
import { useCosts, useFreshCosts } from './useCosts';

/** The server names a line as "line 7". */
const lineOf = (location: string) => Number(/^line (\d+)$/.exec(location)?.[1] ?? 0);

/** Takes a file of costs: first what it says, then, on purpose, into the books. */
export function CostUpload({ onClose }: { onClose: () => void }) {
  const { t } = useTranslation();
  const { message } = App.useApp();
  const f = useFormat();
  const fresh = useFreshCosts();
  const { list, byId } = useChannels();
  const [file, setFile] = useState<{ file: File; text: string }>();
  const [replace, setReplace] = useState(false);
  const read = useMemo(() => file && readCosts(file.text, list, f.currency), [file, list, f.currency]);
  const there = useCosts(read?.first ?? '', read?.last ?? '', Boolean(read?.first));
  // How many of the file's days have a cost already.
  const occupied = useMemo(() => {
    if (!read) return 0;
    return there.list.filter((c) => read.lines.some((l) => l.wrong.length === 0 && l.channelId === c.channel_id && l.from <= c.day && c.day <= l.to)).length;
  }, [read, there.list]);
  const upload = useMutation({
    mutationFn: () => api.upload(file!.file, replace),
    onSuccess: async (booked) => {
      void message.success(t(booked.replaced > 0 ? 'costs.uploadedReplaced' : 'costs.uploaded', { count: booked.days, amount: f.money(booked.amount_minor), replaced: booked.replaced }));
      onClose();
      await fresh();
    },
  });
  const take = (next: File) => {
    upload.reset();
    setReplace(false);
    void next.arrayBuffer().then((bytes) => setFile({ file: next, text: decode(bytes) }));
    return false;
  };
  // What the server said of a line counts for more than the first look.
  const refused = new Map<number, string>();
  for (const field of upload.isError ? asProblem(upload.error).fields : []) {
    const line = lineOf(field.location);
    if (line > 0 && !refused.has(line)) refused.set(line, field.message);
  }
  const wrong = (l: CostLine) => refused.get(l.line) ?? (l.wrong[0] ? t('costs.lineWrong', { line: l.line, why: t(`costs.wrong.${l.wrong[0]}`) }) : undefined);
  const bad = read?.lines.filter((l) => wrong(l)) ?? [];
  const shown = bad.length > 0 ? bad : (read?.lines ?? []);
  const most = 100;
  const ready = read && !read.headless && read.lines.length > 0 && bad.length === 0 && (occupied === 0 || replace) && !there.query.isFetching;

  return (
    <Modal
      open
      width={760}
      title={t('costs.upload')}
      onCancel={onClose}
      okText={read && read.sumMinor > 0 && bad.length === 0 ? t('costs.take', { amount: f.money(read.sumMinor) }) : t('costs.takeNothing')}
      okButtonProps={{ disabled: !ready, loading: upload.isPending }}
      onOk={() => upload.mutate()}
    >
      {!file ? (
        <>
          <Upload.Dragger accept=".csv,.txt,.tsv" multiple={false} showUploadList={false} beforeUpload={take}>
            <p className="ant-upload-drag-icon">
              <InboxOutlined />
            </p>
            <p>{t('costs.drop')}</p>
            <p className="fp-muted fp-small">{t('costs.fileHelp', { currency: f.currency })}</p>
          </Upload.Dragger>
          <pre className="fp-sample">{t('costs.sample', { channel: byId.size > 0 ? [...byId.values()].at(-1)!.path.join('/') : t('costs.sampleChannel') })}</pre>
        </>
      ) : (
        <div className="fp-stack">
          <span className="fp-card-line">
            <span className="fp-break">
              <b>{file.file.name}</b> <span className="fp-muted">{f.bytes(file.file.size)}</span>
            </span>
            <Upload accept=".csv,.txt,.tsv" multiple={false} showUploadList={false} beforeUpload={take}>
              <Button size="small">{t('costs.otherFile')}</Button>
            </Upload>
          </span>
          {upload.isError && refused.size === 0 && <ProblemView error={upload.error} />}
          {read?.headless ? (
            <Alert type="error" showIcon title={t('costs.headless')} description={t('costs.headlessNow')} />
          ) : read?.lines.length === 0 ? (
            <Alert type="error" showIcon title={t('costs.noLines')} />
          ) : bad.length > 0 ? (
            <Alert type="error" showIcon role="alert" title={t('costs.badLines', { count: bad.length })} description={t('costs.badLinesNow')} />
          ) : (
            read && <Alert type="info" showIcon title={t('costs.willTake', { count: read.days, first: read.first, last: read.last, amount: f.money(read.sumMinor) })} />
          )}
          {read && read.lines.length > 0 && (
            <DataTable<CostLine>
              rowKey="line"
              label={t('costs.lines')}
              minWidth={560}
              scroll={{ y: 280 }}
              dataSource={shown.slice(0, most)}
              columns={[
                { key: 'line', title: t('costs.line'), width: 60, align: 'right', render: (_, l) => <span className="fp-num">{l.line}</span> },
                {
                  key: 'channel',
                  title: t('catch.channel'),
                  render: (_, l) => (
                    <>
                      <span className="fp-break">{(l.channelId && byId.get(l.channelId)?.path.join(' › ')) || l.channel || '—'}</span>
                      {wrong(l) && <div className="fp-no fp-small">{wrong(l)}</div>}
                    </>
                  ),
                },
                { key: 'days', title: t('costs.days'), width: 190, render: (_, l) => <span className="fp-num">{l.from === l.to ? l.from : `${l.from} – ${l.to}`}</span> },
                { key: 'amount', title: t('catch.cost'), width: 110, align: 'right', render: (_, l) => <span className="fp-num">{l.minor === undefined ? l.amount : f.money(l.minor)}</span> },
              ]}
            />
          )}
          {shown.length > most && <span className="fp-muted fp-small">{t('costs.moreLines', { count: shown.length - most })}</span>}
          {occupied > 0 && bad.length === 0 && (
            <Checkbox checked={replace} onChange={(e) => setReplace(e.target.checked)}>
              {t('costs.replaceFile', { count: occupied })}
            </Checkbox>
          )}
        </div>
      )}
    </Modal>
  );
}
