package wecom

// routes lists every API but gettoken, by its path below /cgi-bin/.
func routes() map[string]endpoint {
	return map[string]endpoint{
		"user/get":              get(directory, userGet),
		"user/list":             get(directory, userList),
		"user/simplelist":       get(directory, userSimpleList),
		"user/list_id":          post(dirIDs, userListID),
		"department/list":       get(directory, departmentList),
		"department/simplelist": get(dirIDs, departmentSimpleList),

		"media/upload":            {method: "POST", need: anybody, do: mediaUpload},
		"media/upload_attachment": {method: "POST", need: customers, do: mediaUploadAttachment},
		"media/uploadimg":         {method: "POST", need: anybody, do: mediaUploadImg},
		"media/get":               get(anybody, mediaGet),

		"externalcontact/get_follow_user_list": get(customers, followUsers),
		"externalcontact/list":                 get(customers, contactList),
		"externalcontact/get":                  get(customers, contactGet),
		"externalcontact/batch/get_by_user":    post(customers, contactBatch),
		"externalcontact/remark":               post(customers, remark),
		"externalcontact/mark_tag":             post(customers, markTag),
		"externalcontact/get_corp_tag_list":    post(customers, tagList),
		"externalcontact/add_corp_tag":         post(customers, tagAdd),
		"externalcontact/edit_corp_tag":        post(customers, tagEdit),
		"externalcontact/del_corp_tag":         post(customers, tagDelete),
		"externalcontact/send_welcome_msg":     post(customers, sendWelcome),
		"idconvert/unionid_to_external_userid": post(customers, unionidToExternal),

		"externalcontact/add_contact_way":    post(customers, wayAdd),
		"externalcontact/get_contact_way":    post(customers, wayGet),
		"externalcontact/list_contact_way":   post(customers, wayList),
		"externalcontact/update_contact_way": post(customers, wayUpdate),
		"externalcontact/del_contact_way":    post(customers, wayDelete),
		"externalcontact/close_temp_chat":    post(customers, closeTempChat),
	}
}
