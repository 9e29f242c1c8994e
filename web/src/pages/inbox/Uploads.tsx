import { FileOutlined } from '@ant-design/icons';
import { Button, Spin } from 'antd';
import { useCallback, useEffect, useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { media, type Part } from '../../api/inbox';
import { useFormat } from '../../app/useFormat';

interface Upload {
  key: number;
  file: File;
  kind: string;
  preview?: string;
  media?: string;
}

/** What a file looks like before the server has looked into it. */
const guess = (file: File) => (/^image\/(png|jpeg|gif|webp)$/.test(file.type) ? 'image' : file.type.startsWith('video/') ? 'video' : file.type.startsWith('audio/') ? 'voice' : 'file');

/** What a file is sent as: its kind where the account can send it, else a file. */
const sendable = (kind: string, can: readonly string[]) => (can.includes(kind) ? kind : can.includes('file') ? 'file' : undefined);

/** Files that go with the next message: stored as they are chosen, seen before they are sent. */
export function useUploads(notify: (error: unknown) => void) {
  const { t } = useTranslation();
  const [all, setAll] = useState<Upload[]>([]);
  const next = useRef(0);
  const urls = useRef<string[]>([]);
  useEffect(() => {
    const made = urls.current;
    return () => made.forEach((u) => URL.revokeObjectURL(u));
  }, []);
  const remove = useCallback((key: number) => setAll((was) => was.filter((u) => u.key !== key)), []);
  const add = (files: File[], can: readonly string[]) => {
    for (const file of files) {
      const refuse = () => notify(new Error(t('inbox.cannotAttach', { name: file.name })));
      const kind = sendable(guess(file), can);
      if (!kind) {
        refuse();
        continue;
      }
      const key = next.current++;
      const preview = kind === 'image' ? URL.createObjectURL(file) : undefined;
      if (preview) urls.current.push(preview);
      setAll((was) => [...was, { key, file, kind, preview }]);
      media.upload(file).then(
        (m) => {
          const as = sendable(m.kind, can);
          if (as) return setAll((was) => was.map((u) => (u.key === key ? { ...u, media: m.id, kind: as } : u)));
          remove(key);
          refuse();
        },
        (error) => {
          remove(key);
          notify(error);
        },
      );
    }
  };
  return {
    all,
    add,
    remove,
    clear: () => setAll([]),
    busy: all.some((u) => !u.media),
    parts: all.flatMap((u): Part[] => (u.media ? [{ kind: u.kind, media_id: u.media, ...(u.kind === 'image' ? {} : { title: u.file.name.slice(0, 128) }) }] : [])),
  };
}

export function Uploads({ uploads }: { uploads: ReturnType<typeof useUploads> }) {
  const { t } = useTranslation();
  const f = useFormat();
  if (uploads.all.length === 0) return null;
  return (
    <ul className="fp-inbox-chosen" aria-label={t('inbox.attached')}>
      {uploads.all.map((u) => (
        <li key={u.key} data-upload={u.media ? 'done' : 'busy'}>
          {u.preview ? <img src={u.preview} alt={u.file.name} /> : <FileOutlined aria-hidden="true" />}
          <span>
            <bdi>{u.file.name}</bdi> <small className="fp-muted">{f.bytes(u.file.size)}</small>
          </span>
          {!u.media && <Spin size="small" />}
          <Button size="small" type="text" aria-label={t('inbox.takeAway', { name: u.file.name })} onClick={() => uploads.remove(u.key)}>
            ×
          </Button>
        </li>
      ))}
    </ul>
  );
}
