import { DeleteOutlined, DownloadOutlined, InboxOutlined } from '@ant-design/icons';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { Button, Input, InputNumber, Modal, Popconfirm, Upload } from 'antd';
import { useEffect, useRef, useState, type KeyboardEvent, type PointerEvent } from 'react';
import { useTranslation } from 'react-i18next';
import { pictures, type Drawn, type Poster } from '../../api/acquisition';
import { useMay } from '../../app/me';
import { EmptyState } from '../../ui/EmptyState';
import { Loading } from '../../ui/Loading';
import { ProblemView, useNotifyProblem } from '../../ui/ProblemView';
import './poster.css';

/** The server draws no code smaller than this, in pixels. */
const minSize = 120;
const maxSize = 2048;

interface Draft {
  file: File;
  url: string;
  width: number;
  height: number;
  name: string;
  x: number;
  y: number;
  size: number;
}

const within = (n: number, min: number, max: number) => Math.round(Math.max(min, Math.min(n, max)));

/** Puts a code onto a picture: one of those that are kept, or a new one on which it is placed by hand. */
export function PosterDialog({ kind, id, name, onClose }: { kind: Drawn; id: string; name: string; onClose: () => void }) {
  const { t } = useTranslation();
  const may = useMay();
  const notify = useNotifyProblem();
  const queryClient = useQueryClient();
  const [draft, setDraft] = useState<Draft>();
  const [unreadable, setUnreadable] = useState(false);
  const posters = useQuery({ queryKey: ['posters'], queryFn: pictures.posters });
  const fresh = () => queryClient.invalidateQueries({ queryKey: ['posters'] });
  const create = useMutation({
    mutationFn: (d: Draft) => pictures.create(d.file, { name: d.name.trim() || t('poster.unnamed'), x: d.x, y: d.y, size: d.size }),
    onSuccess: async () => {
      setDraft(undefined);
      await fresh();
    },
  });
  useEffect(
    () => () => {
      if (draft) URL.revokeObjectURL(draft.url);
    },
    [draft?.url], // eslint-disable-line react-hooks/exhaustive-deps -- an address is given back when another takes its place
  );

  const take = (file: File) => {
    create.reset();
    setUnreadable(false);
    const url = URL.createObjectURL(file);
    const image = new Image();
    image.onload = () => {
      const { naturalWidth: width, naturalHeight: height } = image;
      const size = within(Math.min(width, height) / 4, minSize, maxSize);
      if (Math.min(width, height) < minSize || Math.max(width, height) > 4096) {
        URL.revokeObjectURL(url);
        setUnreadable(true);
        return;
      }
      setDraft({ file, url, width, height, name: file.name.replace(/\.\w+$/, '').slice(0, 60), size, x: width - size - Math.round(size / 8), y: height - size - Math.round(size / 8) });
    };
    image.onerror = () => {
      URL.revokeObjectURL(url);
      setUnreadable(true);
    };
    image.src = url;
    return false;
  };

  return (
    <Modal
      open
      width={760}
      title={t('poster.title', { name })}
      onCancel={onClose}
      footer={
        draft ? (
          <>
            <Button onClick={() => setDraft(undefined)}>{t('common.cancel')}</Button>
            <Button type="primary" loading={create.isPending} onClick={() => create.mutate(draft)}>
              {t('poster.keep')}
            </Button>
          </>
        ) : null
      }
    >
      {create.isError && <ProblemView error={create.error} />}
      {draft ? (
        <Placing draft={draft} onChange={setDraft} picture={pictures.qr(kind, id, 'svg', 240)} />
      ) : (
        <div className="fp-stack">
          {posters.isError ? (
            <ProblemView error={posters.error} onRetry={() => void posters.refetch()} />
          ) : posters.isPending ? (
            <Loading rows={3} />
          ) : posters.data.length === 0 && !may('acquisition.write') ? (
            <EmptyState title={t('poster.none')} />
          ) : (
            posters.data.length > 0 && (
              <ul className="fp-posters">
                {posters.data.map((p) => (
                  <Kept key={p.id} poster={p} download={pictures.poster(kind, id, p.id)} file={`${name}-${p.name}.png`} onRemove={may('acquisition.write') ? () => pictures.remove(p.id).then(fresh, notify) : undefined} />
                ))}
              </ul>
            )
          )}
          {unreadable && <span className="fp-no">{t('poster.unreadable')}</span>}
          {may('acquisition.write') && (
            <Upload.Dragger accept="image/png,image/jpeg" multiple={false} showUploadList={false} beforeUpload={take}>
              <p className="ant-upload-drag-icon">
                <InboxOutlined />
              </p>
              <p>{t('poster.drop')}</p>
              <p className="fp-muted fp-small">{t('poster.dropHelp')}</p>
            </Upload.Dragger>
          )}
        </div>
      )}
    </Modal>
  );
}

function Kept({ poster: p, download, file, onRemove }: { poster: Poster; download: string; file: string; onRemove?: () => void }) {
  const { t } = useTranslation();
  return (
    <li>
      <img src={download} alt={t('poster.preview', { name: p.name })} loading="lazy" />
      <span className="fp-card-line">
        <span className="fp-break">{p.name}</span>
        {onRemove && (
          <Popconfirm title={t('poster.removeAsk')} okText={t('common.delete')} onConfirm={onRemove}>
            <Button size="small" type="text" icon={<DeleteOutlined />} aria-label={t('poster.remove', { name: p.name })} />
          </Popconfirm>
        )}
      </span>
      <Button size="small" icon={<DownloadOutlined />} href={download} download={file}>
        {t('poster.download')}
      </Button>
    </li>
  );
}

/** Where the code goes: dragged, moved by the arrow keys, or by numbers. */
function Placing({ draft: d, onChange, picture }: { draft: Draft; onChange: (d: Draft) => void; picture: string }) {
  const { t } = useTranslation();
  const frame = useRef<HTMLDivElement>(null);
  const grip = useRef<{ x: number; y: number } | null>(null);
  const scale = () => (frame.current ? d.width / frame.current.clientWidth : 1);
  const place = (x: number, y: number, size = d.size) => {
    const s = within(size, minSize, Math.min(maxSize, d.width, d.height));
    onChange({ ...d, size: s, x: within(x, 0, d.width - s), y: within(y, 0, d.height - s) });
  };
  const down = (e: PointerEvent<HTMLDivElement>) => {
    e.currentTarget.setPointerCapture(e.pointerId);
    grip.current = { x: e.clientX * scale() - d.x, y: e.clientY * scale() - d.y };
  };
  const move = (e: PointerEvent<HTMLDivElement>) => {
    if (grip.current) place(e.clientX * scale() - grip.current.x, e.clientY * scale() - grip.current.y);
  };
  const press = (e: KeyboardEvent<HTMLDivElement>) => {
    const by = e.shiftKey ? 20 : 2;
    if (e.key === 'ArrowLeft') place(d.x - by, d.y);
    else if (e.key === 'ArrowRight') place(d.x + by, d.y);
    else if (e.key === 'ArrowUp') place(d.x, d.y - by);
    else if (e.key === 'ArrowDown') place(d.x, d.y + by);
    else if (e.key === '+' || e.key === '=') place(d.x, d.y, d.size + by);
    else if (e.key === '-') place(d.x, d.y, d.size - by);
    else return;
    e.preventDefault();
  };
  const number = (label: string, value: number, set: (n: number) => void, min: number, max: number) => (
    <label className="fp-stack-label fp-small">
      <span className="fp-muted">{label}</span>
      <InputNumber value={value} min={min} max={max} precision={0} onChange={(n) => n !== null && set(n)} aria-label={label} />
    </label>
  );
  return (
    <div className="fp-placing">
      <div ref={frame} className="fp-placing-frame" style={{ aspectRatio: `${d.width} / ${d.height}`, maxWidth: (d.width / d.height) * 460 }}>
        <img src={d.url} alt="" draggable={false} />
        <div
          className="fp-placing-code"
          role="application"
          tabIndex={0}
          aria-label={t('poster.place')}
          style={{ left: `${(d.x / d.width) * 100}%`, top: `${(d.y / d.height) * 100}%`, width: `${(d.size / d.width) * 100}%` }}
          onPointerDown={down}
          onPointerMove={move}
          onPointerUp={() => (grip.current = null)}
          onKeyDown={press}
        >
          <img src={picture} alt="" draggable={false} />
        </div>
      </div>
      <div className="fp-stack">
        <label className="fp-stack-label fp-small">
          <span className="fp-muted">{t('poster.name')}</span>
          <Input value={d.name} maxLength={60} onChange={(e) => onChange({ ...d, name: e.target.value })} />
        </label>
        {number(t('poster.x'), d.x, (x) => place(x, d.y), 0, d.width)}
        {number(t('poster.y'), d.y, (y) => place(d.x, y), 0, d.height)}
        {number(t('poster.size'), d.size, (s) => place(d.x, d.y, s), minSize, Math.min(maxSize, d.width, d.height))}
        <span className="fp-muted fp-small">{t('poster.keys', { width: d.width, height: d.height })}</span>
      </div>
    </div>
  );
}
