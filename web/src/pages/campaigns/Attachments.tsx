import { PaperClipOutlined } from '@ant-design/icons';
import { useMutation, useQueries, useQueryClient } from '@tanstack/react-query';
import { Button, Upload } from 'antd';
import { useRef } from 'react';
import { useTranslation } from 'react-i18next';
import { campaigns } from '../../api/campaigns';
import { media } from '../../api/inbox';
import { useMay } from '../../app/me';
import { useFormat } from '../../app/useFormat';
import { useNotifyProblem } from '../../ui/ProblemView';

interface Props {
  ids: string[];
  disabled: boolean;
  error?: string;
  onChange: (ids: string[]) => void;
}

const most = 10;

/** Files that go along with each mail. They are stored as they are chosen; how much they may be, the server says. */
export function Attachments({ ids, disabled, error, onChange }: Props) {
  const { t } = useTranslation();
  const f = useFormat();
  const may = useMay();
  const notify = useNotifyProblem();
  const queries = useQueryClient();
  // Several may be on their way at once: each is added to what there is when it arrives.
  const now = useRef(ids);
  now.current = ids;
  const change = (next: string[]) => {
    now.current = next;
    onChange(next);
  };
  const files = useQueries({ queries: ids.map((id) => ({ queryKey: ['media-file', id], queryFn: () => campaigns.file(id), staleTime: Infinity, retry: false, enabled: may('carrier.media') })) });
  const upload = useMutation({
    mutationFn: media.upload,
    onError: notify,
    onSuccess: (m) => {
      queries.setQueryData(['media-file', m.id], { name: m.name, bytes: m.bytes });
      if (!now.current.includes(m.id) && now.current.length < most) change([...now.current, m.id]);
    },
  });
  const total = files.reduce((sum, x) => sum + (x.data?.bytes ?? 0), 0);
  return (
    <div className={`fp-field${error ? ' wrong' : ''}`} role="group" aria-label={t('campaigns.fields.attachments')}>
      <span className="fp-label">{t('campaigns.fields.attachments')}</span>
      {ids.length > 0 && (
        <ul className="fp-list fp-campaign-files" aria-label={t('campaigns.files.chosen')}>
          {ids.map((id, i) => {
            const file = files[i]?.data;
            const name = file?.name || t('campaigns.files.nameless', { n: i + 1 });
            return (
              <li key={id}>
                <span className="fp-grow fp-break">
                  <a href={media.address(id)} target="_blank" rel="noreferrer">
                    <bdi>{name}</bdi>
                  </a>
                </span>
                {file && <span className="fp-muted fp-num">{f.bytes(file.bytes)}</span>}
                {!disabled && (
                  <Button size="small" type="text" aria-label={t('campaigns.files.remove', { name })} onClick={() => change(now.current.filter((x) => x !== id))}>
                    ×
                  </Button>
                )}
              </li>
            );
          })}
        </ul>
      )}
      {!disabled && may('carrier.media') && ids.length < most && (
        <div>
          <Upload
            multiple
            showUploadList={false}
            beforeUpload={(file) => {
              upload.mutate(file);
              return false;
            }}
          >
            <Button icon={<PaperClipOutlined />} loading={upload.isPending}>
              {t('campaigns.files.add')}
            </Button>
          </Upload>
        </div>
      )}
      {error && (
        <div className="fp-no fp-small" role="alert">
          {error}
        </div>
      )}
      <div className="fp-muted fp-small">
        {ids.length > 1 && total > 0 && <>{t('campaigns.files.total', { size: f.bytes(total) })} </>}
        {t('campaigns.files.help')}
      </div>
    </div>
  );
}
