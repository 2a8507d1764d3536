// The core of the generated Go SDKs: ACS3-HMAC-SHA256, or HMAC-SHA1 with the algorithm "v2".
package main

import (
	"errors"

	openapi "github.com/alibabacloud-go/darabonba-openapi/v2/client"
	"github.com/alibabacloud-go/darabonba-openapi/v2/models"
	"github.com/alibabacloud-go/tea/dara"
)

const timeoutMilliseconds = 10_000

func darabonba(request *Request) Answer {
	config := &models.Config{
		AccessKeyId:     &request.AccessKeyID,
		AccessKeySecret: &request.AccessKeySecret,
		Endpoint:        &request.Endpoint,
		Protocol:        dara.String("http"),
	}
	if request.SecurityToken != "" {
		config.SecurityToken = &request.SecurityToken
	}
	if request.Signature == "V1" {
		config.SignatureAlgorithm = dara.String("v2")
	}
	client, err := openapi.NewClient(config)
	if err != nil {
		return Answer{Failure: err.Error()}
	}
	// Errors in the core's own types say more than those of the general one.
	client.DisableSDKError = dara.Bool(true)
	result, err := client.CallApi(&models.Params{
		Action:      &request.Action,
		Version:     &request.Version,
		Protocol:    dara.String("HTTP"),
		Pathname:    dara.String("/"),
		Method:      &request.Method,
		AuthType:    &request.Auth,
		Style:       dara.String("RPC"),
		ReqBodyType: dara.String("formData"),
		BodyType:    dara.String("json"),
	}, openAPIRequest(request), &dara.RuntimeOptions{
		ConnectTimeout: dara.Int(timeoutMilliseconds),
		ReadTimeout:    dara.Int(timeoutMilliseconds),
	})
	if err != nil {
		return darabonbaError(err)
	}
	return Answer{Body: result["body"]}
}

func openAPIRequest(request *Request) *models.OpenApiRequest {
	made := &models.OpenApiRequest{Query: map[string]*string{}}
	for name, value := range request.Query {
		made.Query[name] = dara.String(value)
	}
	if len(request.Body) > 0 {
		form := map[string]any{}
		for name, value := range request.Body {
			form[name] = value
		}
		made.Body = form
	}
	return made
}

func darabonbaError(err error) Answer {
	var throttled *openapi.ThrottlingError
	var client *openapi.ClientError
	var server *openapi.ServerError
	switch {
	case errors.As(err, &throttled):
		refusal := refused(throttled.Code, throttled.StatusCode, throttled.Message, throttled.RequestId)
		refusal.RetryAfter = throttled.RetryAfter
		refusal.Throttled = dara.Bool(true)
		return Answer{Refusal: refusal}
	case errors.As(err, &client) && client.StatusCode != nil:
		refusal := refused(client.Code, client.StatusCode, client.Message, client.RequestId)
		refusal.Denial = client.AccessDeniedDetail
		refusal.Throttled = dara.Bool(false)
		return Answer{Refusal: refusal}
	case errors.As(err, &server):
		refusal := refused(server.Code, server.StatusCode, server.Message, server.RequestId)
		refusal.Throttled = dara.Bool(false)
		return Answer{Refusal: refusal}
	}
	return Answer{Failure: err.Error()}
}

func refused(code *string, status *int, message, requestID *string) *Refusal {
	return &Refusal{
		Code:      dara.StringValue(code),
		Status:    dara.IntValue(status),
		Message:   dara.StringValue(message),
		RequestID: dara.StringValue(requestID),
	}
}
