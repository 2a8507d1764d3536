// The older Go core with generic requests, as the vendor's command line tool uses it: HMAC-SHA1, GET.
package main

import (
	"encoding/json"
	"errors"
	"strings"
	"time"

	"github.com/aliyun/alibaba-cloud-sdk-go/sdk"
	"github.com/aliyun/alibaba-cloud-sdk-go/sdk/auth"
	"github.com/aliyun/alibaba-cloud-sdk-go/sdk/auth/credentials"
	sdkerrors "github.com/aliyun/alibaba-cloud-sdk-go/sdk/errors"
	"github.com/aliyun/alibaba-cloud-sdk-go/sdk/requests"
)

// region travels with every request of this core.
const region = "cn-hangzhou"

func sdkGo(request *Request) Answer {
	client, err := sdk.NewClientWithOptions(region, sdk.NewConfig().WithAutoRetry(false), credential(request))
	if err != nil {
		return Answer{Failure: err.Error()}
	}
	defer client.Shutdown()
	common := requests.NewCommonRequest()
	common.Scheme = requests.HTTP
	common.Method = request.Method
	common.Domain = request.Endpoint
	common.Version = request.Version
	common.ApiName = request.Action
	common.ReadTimeout = timeoutMilliseconds * time.Millisecond
	common.QueryParams = request.Query
	common.FormParams = request.Body
	response, err := client.ProcessCommonRequest(common)
	var refusal *sdkerrors.ServerError
	switch {
	case errors.As(err, &refusal):
		return Answer{Refusal: sdkGoRefusal(refusal)}
	case err != nil:
		return Answer{Failure: err.Error()}
	}
	return Answer{Body: json.RawMessage(response.GetHttpContentBytes())}
}

func credential(request *Request) auth.Credential {
	if request.SecurityToken != "" {
		return credentials.NewStsTokenCredential(request.AccessKeyID, request.AccessKeySecret, request.SecurityToken)
	}
	return credentials.NewAccessKeyCredential(request.AccessKeyID, request.AccessKeySecret)
}

func sdkGoRefusal(err *sdkerrors.ServerError) *Refusal {
	refusal := &Refusal{
		Code:      err.ErrorCode(),
		Status:    err.HttpStatus(),
		Message:   err.Message(),
		RequestID: err.RequestId(),
		Denial:    err.AccessDeniedDetail(),
	}
	if strings.Contains(err.Message(), sdkerrors.MessageContain) {
		// The core compares the echoed text with its own and recommends accordingly.
		same := strings.HasPrefix(err.Recommend(), "InvalidAccessKeySecret")
		refusal.SameText = &same
	}
	return refusal
}
