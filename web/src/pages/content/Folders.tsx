import { FolderAddOutlined, MoreOutlined } from '@ant-design/icons';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { App, Button, Dropdown, Input, Modal, TreeSelect } from 'antd';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { content, type MaterialFolder } from '../../api/content';
import { useMay } from '../../app/me';
import { useNotifyProblem } from '../../ui/ProblemView';

export const useFolders = () => useQuery({ queryKey: ['content', 'folders'], queryFn: () => content.folders() });

interface Node {
  value: string;
  title: string;
  children: Node[];
}

/** Folders as a tree, for selects. */
export function tree(all: MaterialFolder[], parent = ''): Node[] {
  return all.filter((f) => f.parent_id === parent).map((f) => ({ value: f.id, title: f.name, children: tree(all, f.id) }));
}

/** Folders in the order of the tree, with their depth. */
function flat(all: MaterialFolder[], parent = '', depth = 0): { folder: MaterialFolder; depth: number }[] {
  return all.filter((f) => f.parent_id === parent).flatMap((folder) => [{ folder, depth }, ...flat(all, folder.id, depth + 1)]);
}

export function FolderSelect({ value, onChange, id }: { value?: string; onChange?: (id: string) => void; id?: string }) {
  const { t } = useTranslation();
  const folders = useFolders();
  return (
    <TreeSelect
      id={id}
      aria-label={t('content.moveTo')}
      value={value ?? ''}
      onChange={(v) => onChange?.(v ?? '')}
      treeDefaultExpandAll
      treeData={[{ value: '', title: t('content.rootFolder'), children: [] }, ...tree(folders.data?.items ?? [])]}
      style={{ width: '100%' }}
    />
  );
}

/** All folders; the one that is open is marked. */
export function Folders({ open, onOpen }: { open: string; onOpen: (id: string) => void }) {
  const { t } = useTranslation();
  const may = useMay();
  const notify = useNotifyProblem();
  const { modal } = App.useApp();
  const queryClient = useQueryClient();
  const folders = useFolders();
  const [asked, setAsked] = useState<{ folder?: MaterialFolder; parent: string; name: string }>();
  const refresh = () => queryClient.invalidateQueries({ queryKey: ['content'] });
  const save = useMutation({
    mutationFn: (a: NonNullable<typeof asked>) =>
      a.folder ? content.updateFolder(a.folder.id, { name: a.name, parent_id: a.parent }) : content.createFolder({ name: a.name, parent_id: a.parent }),
    onError: notify,
    onSuccess: async () => {
      setAsked(undefined);
      await refresh();
    },
  });
  const remove = (f: MaterialFolder) =>
    content.removeFolder(f.id).then(
      async () => {
        if (open === f.id) onOpen('');
        await refresh();
      },
      notify,
    );
  const line = (id: string, name: string, depth: number, extra?: React.ReactNode) => (
    <li key={id || 'all'} className={open === id ? 'open' : ''} style={{ paddingLeft: depth * 14 }}>
      <button type="button" aria-current={open === id} onClick={() => onOpen(id)}>
        {name}
      </button>
      {extra}
    </li>
  );
  const write = may('content.write');
  return (
    <nav className="fp-content-folders" aria-label={t('content.folders')}>
      <ul>
        {line('', t('content.allFolders'), 0)}
        {line('root', t('content.rootFolder'), 0)}
        {flat(folders.data?.items ?? []).map(({ folder: f, depth }) =>
          line(
            f.id,
            f.name,
            depth,
            <>
              <span className="fp-muted fp-num fp-small">{f.materials || ''}</span>
              {write && (
                <Dropdown
                  trigger={['click']}
                  menu={{
                    items: [
                      { key: 'sub', label: t('content.newSubfolder', { name: f.name }), onClick: () => setAsked({ parent: f.id, name: '' }) },
                      { key: 'rename', label: t('content.renameFolder'), onClick: () => setAsked({ folder: f, parent: f.parent_id, name: f.name }) },
                      { key: 'remove', label: t('content.removeFolder'), onClick: () => void modal.confirm({ title: t('content.removeFolder'), content: f.name, onOk: () => remove(f) }) },
                    ],
                  }}
                >
                  <Button size="small" type="text" icon={<MoreOutlined />} aria-label={t('content.folderOf', { name: f.name })} />
                </Dropdown>
              )}
            </>,
          ),
        )}
      </ul>
      {write && (
        <Button size="small" type="text" icon={<FolderAddOutlined />} onClick={() => setAsked({ parent: '', name: '' })}>
          {t('content.newFolder')}
        </Button>
      )}
      <Modal
        open={asked !== undefined}
        title={asked?.folder ? t('content.renameFolder') : t('content.newFolder')}
        okText={t('common.save')}
        cancelText={t('common.cancel')}
        confirmLoading={save.isPending}
        okButtonProps={{ disabled: !asked?.name.trim() }}
        onOk={() => asked && save.mutate(asked)}
        onCancel={() => setAsked(undefined)}
        destroyOnHidden
      >
        <Input autoFocus maxLength={50} value={asked?.name} aria-label={t('content.folderName')} placeholder={t('content.folderName')} onChange={(e) => asked && setAsked({ ...asked, name: e.target.value })} onPressEnter={() => asked?.name.trim() && save.mutate(asked)} />
      </Modal>
    </nav>
  );
}
