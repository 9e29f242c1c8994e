import { DeleteOutlined, UploadOutlined } from '@ant-design/icons';
import { Button, DatePicker, Form, Input, Space } from 'antd';
import type { Dayjs } from 'dayjs';
import dayjs from 'dayjs';
import { useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { content, type MaterialBody, type MaterialKind, type StoredFile } from '../../api/content';
import { useFormat } from '../../app/useFormat';
import { showFieldErrors, useNotifyProblem } from '../../ui/ProblemView';
import { FolderSelect } from './Folders';
import { Cover } from './MaterialCard';
import { Preview } from './Preview';
import { RichEditor } from './RichEditor';
import { maxFileMB } from './useLibrary';

export interface MaterialValues {
  title: string;
  folder_id: string;
  expires: Dayjs | null;
  body: MaterialBody;
}

const accept: Partial<Record<MaterialKind, string>> = { picture: 'image/*', video: 'video/*' };

/** A file that is uploaded at once; its id is the field's value. */
function FileField({ value, onChange, onFile, kind, pick, again, id }: { value?: string; onChange?: (id: string | undefined) => void; onFile?: (f: StoredFile) => void; kind?: MaterialKind; pick: string; again: string; id?: string }) {
  const { t } = useTranslation();
  const notify = useNotifyProblem();
  const input = useRef<HTMLInputElement>(null);
  const [busy, setBusy] = useState(false);
  const send = async (file: File | undefined) => {
    if (!file) return;
    setBusy(true);
    try {
      if (file.size > maxFileMB << 20) throw new Error(t('content.tooLarge', { max: maxFileMB }));
      const stored = await content.upload(file);
      onFile?.(stored);
      onChange?.(stored.id);
    } catch (error) {
      notify(error);
    }
    setBusy(false);
  };
  return (
    <Space wrap>
      <input
        ref={input}
        id={id}
        type="file"
        style={{ display: 'none' }}
        accept={kind && accept[kind]}
        aria-label={pick}
        onChange={(e) => {
          void send(e.target.files?.[0]);
          e.target.value = '';
        }}
      />
      <Button icon={<UploadOutlined />} loading={busy} onClick={() => input.current?.click()}>
        {value ? again : pick}
      </Button>
    </Space>
  );
}

interface Props {
  kind: MaterialKind;
  initial: MaterialValues;
  file?: StoredFile | null;
  saving: boolean;
  submit: string;
  readOnly?: boolean;
  onSave: (values: MaterialValues) => Promise<unknown>;
}

export function MaterialForm({ kind, initial, file: first, saving, submit, readOnly, onSave }: Props) {
  const { t } = useTranslation();
  const f = useFormat();
  const notify = useNotifyProblem();
  const [form] = Form.useForm<MaterialValues>();
  const [file, setFile] = useState(first);
  const values = Form.useWatch((v: MaterialValues) => v, form) ?? initial;
  const body: MaterialBody = { ...initial.body, ...values.body };
  const save = async (v: MaterialValues) => {
    try {
      await onSave({ ...v, body: { ...initial.body, ...v.body } });
    } catch (error) {
      if (!showFieldErrors(form, error)) notify(error);
    }
  };
  const withFile = kind === 'picture' || kind === 'video' || kind === 'file';
  const withCover = kind !== 'picture' && kind !== 'text';
  const cover = body.cover_id;
  return (
    <div className="fp-two fp-content-edit">
      <Form<MaterialValues> form={form} layout="vertical" initialValues={initial} onFinish={save} disabled={readOnly} requiredMark={false} scrollToFirstError>
        <Form.Item name="title" label={t('content.titleField')} rules={[{ required: true, whitespace: true, message: t('content.titleField') }]}>
          <Input maxLength={100} showCount />
        </Form.Item>
        {withFile && (
          <Form.Item label={t('content.file')} extra={file ? `${file.name} · ${f.bytes(file.bytes)} · ${t('content.fileHelp')}` : t('content.fileHelp')}>
            <Form.Item name={['body', 'file_id']} noStyle>
              <FileField kind={kind} pick={t('content.chooseFile')} again={t('content.replaceFile')} onFile={setFile} />
            </Form.Item>
          </Form.Item>
        )}
        {kind === 'link' && (
          <Form.Item name={['body', 'url']} label={t('content.url')} extra={t('content.urlHelp')}>
            <Input maxLength={2048} placeholder="https://" inputMode="url" />
          </Form.Item>
        )}
        {kind === 'mini_program' && (
          <>
            <Form.Item name={['body', 'app_id']} label={t('content.appId')}>
              <Input maxLength={64} placeholder="wx" />
            </Form.Item>
            <Form.Item name={['body', 'page']} label={t('content.page')}>
              <Input maxLength={1024} placeholder="pages/index" />
            </Form.Item>
            <Form.Item name={['body', 'url']} label={t('content.miniUrl')} extra={t('content.miniUrlHelp')}>
              <Input maxLength={2048} placeholder="https://" inputMode="url" />
            </Form.Item>
          </>
        )}
        {kind === 'text' || withFile ? (
          <Form.Item name={['body', 'text']} label={t(kind === 'text' ? 'content.text' : 'content.caption')}>
            <Input.TextArea autoSize={{ minRows: kind === 'text' ? 6 : 2, maxRows: 16 }} maxLength={4000} showCount />
          </Form.Item>
        ) : (
          <Form.Item name={['body', 'summary']} label={t('content.summary')} extra={t('content.summaryHelp')}>
            <Input.TextArea autoSize={{ minRows: 2, maxRows: 4 }} maxLength={300} />
          </Form.Item>
        )}
        {kind === 'article' && (
          <Form.Item name={['body', 'html']} label={t('content.html')}>
            <RichEditor />
          </Form.Item>
        )}
        {withCover && (
          <Form.Item label={t('content.cover')}>
            <Space wrap>
              {cover && <Cover material={{ kind, cover_id: cover }} />}
              <Form.Item name={['body', 'cover_id']} noStyle>
                <FileField kind="picture" pick={t('content.chooseCover')} again={t('content.replaceFile')} />
              </Form.Item>
              {cover && (
                <Button icon={<DeleteOutlined />} onClick={() => form.setFieldValue(['body', 'cover_id'], '')}>
                  {t('content.removeCover')}
                </Button>
              )}
            </Space>
          </Form.Item>
        )}
        <Form.Item name="folder_id" label={t('content.moveTo')}>
          <FolderSelect />
        </Form.Item>
        <Form.Item name="expires" label={t('content.expires')} extra={t('content.expiresHelp')}>
          <DatePicker showTime={{ format: 'HH:mm' }} format="YYYY-MM-DD HH:mm" placeholder={t('content.never')} style={{ width: '100%' }} presets={[7, 30, 90].map((d) => ({ label: `+${d}`, value: dayjs().add(d, 'day').endOf('day') }))} />
        </Form.Item>
        {!readOnly && (
          <Button type="primary" htmlType="submit" loading={saving}>
            {submit}
          </Button>
        )}
      </Form>
      <Preview kind={kind} title={values.title ?? ''} body={body} file={file} live={body.html !== initial.body.html} />
    </div>
  );
}
