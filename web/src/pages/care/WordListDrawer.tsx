import { InboxOutlined } from '@ant-design/icons';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { App, Button, Checkbox, Drawer, Input, Modal, Space, Tag, Upload } from 'antd';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { words as api, type Word, type WordList } from '../../api/care';
import { useMay } from '../../app/me';
import { useFormat } from '../../app/useFormat';
import { EmptyState } from '../../ui/EmptyState';
import { ExportMenu } from '../../ui/ExportMenu';
import { Loading } from '../../ui/Loading';
import { Pager } from '../../ui/Pager';
import { ProblemView, useNotifyProblem } from '../../ui/ProblemView';
import { usePages } from '../../ui/usePages';

/** The words of a list: find, add, take off, import, export. */
export function WordListDrawer({ list, onClose }: { list: WordList; onClose: () => void }) {
  const { t } = useTranslation();
  const { modal, message } = App.useApp();
  const may = useMay();
  const notify = useNotifyProblem();
  const queries = useQueryClient();
  const [q, setQ] = useState('');
  const [text, setText] = useState('');
  const [exception, setException] = useState(false);
  const [importing, setImporting] = useState(false);
  const pages = usePages(`${list.id} ${q}`);
  const page = useQuery({ queryKey: ['care', 'words', list.id, q, pages.cursor], queryFn: () => api.page(list.id, { q, limit: 50, cursor: pages.cursor }), placeholderData: (before) => before });
  const fresh = () => Promise.all([queries.invalidateQueries({ queryKey: ['care', 'lists'] }), queries.invalidateQueries({ queryKey: ['care', 'words', list.id] })]);
  const change = useMutation({
    mutationFn: (body: { add?: Word[]; remove?: Word[] }) => api.change(list.id, body),
    onSuccess: () => {
      setText('');
      return fresh();
    },
    onError: notify,
  });
  const remove = useMutation({
    mutationFn: () => api.remove(list.id),
    onSuccess: async () => {
      void message.success(t('care.words.removed', { name: list.name }));
      onClose();
      await queries.invalidateQueries({ queryKey: ['care', 'lists'] });
    },
    onError: notify,
  });
  const write = may('care.settings');
  const items = page.data?.items ?? [];
  return (
    <Drawer open title={list.name} size={520} onClose={onClose}>
      <div className="fp-toolbar">
        <Input.Search className="fp-care-search" allowClear placeholder={t('care.words.find')} aria-label={t('care.words.find')} maxLength={64} onSearch={setQ} />
        <span className="fp-end">
          <ExportMenu address={(format) => api.exportAddress(list.id, format)} />
          {write && <Button onClick={() => setImporting(true)}>{t('care.words.import')}</Button>}
        </span>
      </div>
      {write && (
        <form
          className="fp-care-form"
          onSubmit={(e) => {
            e.preventDefault();
            const add = text.split('\n').map((w) => w.trim()).filter(Boolean).map((word) => ({ word, exception }));
            if (add.length > 0) change.mutate({ add });
          }}
        >
          <Input.TextArea rows={2} value={text} placeholder={t('care.words.addPlaceholder')} aria-label={t('care.words.addPlaceholder')} onChange={(e) => setText(e.target.value)} />
          <Space wrap>
            <Button htmlType="submit" type="primary" disabled={!text.trim()} loading={change.isPending}>
              {t('care.words.add')}
            </Button>
            <Checkbox checked={exception} onChange={(e) => setException(e.target.checked)}>
              {t('care.words.asException')}
            </Checkbox>
          </Space>
          <span className="fp-muted fp-small">{t('care.words.exceptionHelp')}</span>
        </form>
      )}
      {page.isError ? (
        <ProblemView error={page.error} onRetry={() => void page.refetch()} />
      ) : page.isPending ? (
        <Loading rows={5} />
      ) : items.length === 0 ? (
        <EmptyState title={q ? t('care.words.none') : t('care.words.noWords')} text={q ? undefined : t('care.words.importHelp')} />
      ) : (
        <>
          <ul className="fp-list">
            {items.map((w) => (
              <li key={`${w.word} ${w.exception}`}>
                <span className="fp-grow">
                  {w.word} {w.exception && <Tag>{t('care.words.exception')}</Tag>}
                </span>
                {write && (
                  <Button size="small" type="text" aria-label={`${t('care.words.remove')} ${w.word}`} onClick={() => change.mutate({ remove: [w] })}>
                    {t('care.words.remove')}
                  </Button>
                )}
              </li>
            ))}
          </ul>
          <Pager pages={pages} next={page.data.next_cursor} />
        </>
      )}
      {write && (
        <p>
          <Button danger loading={remove.isPending} onClick={() => modal.confirm({ title: t('care.words.removeList'), content: t('care.words.removeSure'), okText: t('care.words.removeList'), okButtonProps: { danger: true }, onOk: () => remove.mutateAsync() })}>
            {t('care.words.removeList')}
          </Button>
        </p>
      )}
      {importing && <ImportDialog list={list} onClose={() => setImporting(false)} onDone={fresh} />}
    </Drawer>
  );
}

function ImportDialog({ list, onClose, onDone }: { list: WordList; onClose: () => void; onDone: () => Promise<unknown> }) {
  const { t } = useTranslation();
  const { message } = App.useApp();
  const f = useFormat();
  const [replace, setReplace] = useState(false);
  const upload = useMutation({
    mutationFn: (file: File) => api.upload(list.id, file, replace),
    onSuccess: async (got) => {
      void message.success(t('care.words.imported', { added: f.number(got.added), repeated: f.number(got.repeated) }));
      onClose();
      await onDone();
    },
  });
  return (
    <Modal open title={t('care.words.importTitle', { name: list.name })} footer={null} onCancel={onClose}>
      <Checkbox checked={replace} onChange={(e) => setReplace(e.target.checked)}>
        {t('care.words.replace')}
      </Checkbox>
      <Upload.Dragger
        accept=".txt,.csv"
        multiple={false}
        showUploadList={false}
        disabled={upload.isPending}
        beforeUpload={(file) => {
          upload.mutate(file);
          return false;
        }}
      >
        <p className="ant-upload-drag-icon">
          <InboxOutlined />
        </p>
        <p>{t('care.words.drop')}</p>
        <p className="fp-muted fp-small">{t('care.words.importHelp')}</p>
      </Upload.Dragger>
      {upload.isPending && <Loading rows={1} />}
      {upload.isError && <ProblemView error={upload.error} />}
    </Modal>
  );
}
