package main

import (
	"context"
	"fmt"
	"io"
	"net"
	"os"
	"strconv"
	"strings"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/keepalive"
	"google.golang.org/grpc/metadata"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/proto"

	"hark/interop/pb"
)

const (
	patience   = time.Minute
	retryDelay = 500 * time.Millisecond // the SDK's
)

// client is one connection with the options and the metadata of the SDK.
type client struct{ connection *grpc.ClientConn }

// clients are those that all tests share; far goes through the proxy.
type clients struct{ near, far *client }

func newClients() *clients {
	return &clients{near: newClient(os.Getenv("HARK_PORT")), far: newClient(os.Getenv("PROXY_PORT"))}
}

func newClient(port string) *client {
	const largest = 5_243_000
	connection, err := grpc.NewClient("127.0.0.1:"+port,
		grpc.WithTransportCredentials(insecure.NewCredentials()),
		grpc.WithDisableRetry(),
		grpc.WithDefaultCallOptions(grpc.MaxCallRecvMsgSize(largest), grpc.MaxCallSendMsgSize(largest)),
		// The least that grpc-go allows; the SDK asks for 5 s and gets the same.
		grpc.WithKeepaliveParams(keepalive.ClientParameters{
			Time: 10 * time.Second, Timeout: time.Second, PermitWithoutStream: true,
		}))
	if err != nil {
		panic(err)
	}
	return &client{connection}
}

func call(cache string) context.Context {
	pairs := []string{"authorization", "", "agent", "golang:topic:1.40.1", "runtime-version", "golang:go1.26"}
	if !strings.ContainsAny(cache, "\n") { // a header cannot carry a line's end
		pairs = append(pairs, "cache", cache)
	}
	return metadata.AppendToOutgoingContext(context.Background(), pairs...)
}

func (c *client) invoke(cache, method string, request, answer proto.Message) error {
	ctx, cancel := context.WithTimeout(call(cache), patience)
	defer cancel()
	return c.connection.Invoke(ctx, method, request, answer)
}

func (c *client) publish(cache, topic string, value *pb.XTopicValue) error {
	request := &pb.XPublishRequest{CacheName: cache, Topic: topic, Value: value}
	return c.invoke(cache, "/cache_client.pubsub.Pubsub/Publish", request, &pb.XEmpty{})
}

func (c *client) createCache(name string) error {
	request := &pb.XCreateCacheRequest{CacheName: name}
	return c.invoke(name, "/control_client.ScsControl/CreateCache", request, &pb.XCreateCacheResponse{})
}

func (c *client) deleteCache(name string) error {
	request := &pb.XDeleteCacheRequest{CacheName: name}
	return c.invoke(name, "/control_client.ScsControl/DeleteCache", request, &pb.XDeleteCacheResponse{})
}

func (c *client) cacheNames() ([]string, error) {
	answer := &pb.XListCachesResponse{}
	err := c.invoke("", "/control_client.ScsControl/ListCaches", &pb.XListCachesRequest{}, answer)
	var names []string
	for _, cache := range answer.Cache {
		names = append(names, cache.CacheName)
	}
	return names, err
}

// listener is a subscription that comes back as the SDK's does: with the last number, not the one behind it.
type listener struct {
	client       *client
	cache, topic string
	stream       grpc.ClientStream
	number, page uint64
	resubscribed int
}

func (c *client) listen(cache, topic string) (*listener, error) {
	l := &listener{client: c, cache: cache, topic: topic}
	return l, l.subscribe()
}

// subscribe demands that the first message is a heartbeat.
func (l *listener) subscribe() error {
	description := &grpc.StreamDesc{ServerStreams: true}
	stream, err := l.client.connection.NewStream(call(l.cache), description, "/cache_client.pubsub.Pubsub/Subscribe")
	if err != nil {
		return err
	}
	request := &pb.XSubscriptionRequest{
		CacheName: l.cache, Topic: l.topic, ResumeAtTopicSequenceNumber: l.number, SequencePage: l.page,
	}
	// An end of the stream here has its reason in what RecvMsg says.
	if err := stream.SendMsg(request); err != nil && err != io.EOF {
		return err
	}
	if err := stream.CloseSend(); err != nil {
		return err
	}
	first := &pb.XSubscriptionItem{}
	if err := stream.RecvMsg(first); err != nil {
		return err
	}
	if first.GetHeartbeat() == nil {
		return fmt.Errorf("the first message is %.100v", first)
	}
	l.stream = stream
	return nil
}

// receive gives the next message that is no heartbeat, or the stream's end.
func (l *listener) receive() (*pb.XSubscriptionItem, error) {
	for {
		message := &pb.XSubscriptionItem{}
		if err := l.stream.RecvMsg(message); err != nil {
			return nil, err
		}
		if message.GetHeartbeat() == nil {
			return message, nil
		}
	}
}

// within gives what body gives, or an error after `patience`; body then goes on, and this program soon ends.
func within[T any](body func() (T, error)) (T, error) {
	type outcome struct {
		value T
		err   error
	}
	done := make(chan outcome, 1)
	go func() {
		value, err := body()
		done <- outcome{value, err}
	}()
	select {
	case o := <-done:
		return o.value, o.err
	case <-time.After(patience):
		var none T
		return none, fmt.Errorf("nothing within %v", patience)
	}
}

// next gives the next item or discontinuity, over any number of broken streams.
func (l *listener) next() (*pb.XSubscriptionItem, error) {
	return within(func() (*pb.XSubscriptionItem, error) {
		for {
			message, err := l.receive()
			if err == nil {
				if item := message.GetItem(); item != nil {
					l.number, l.page = item.TopicSequenceNumber, item.SequencePage
				}
				return message, nil
			}
			for err != nil {
				time.Sleep(retryDelay)
				err = l.subscribe()
			}
			l.resubscribed++
		}
	})
}

func (l *listener) item() (*pb.XTopicItem, error) {
	message, err := l.next()
	if err == nil && message.GetItem() == nil {
		err = fmt.Errorf("expected an item, got %.100v", message)
	}
	return message.GetItem(), err
}

// end gives the error with which the stream ends, when nothing comes before.
func (l *listener) end() error {
	_, err := within(l.receive)
	return err
}

// numbers demands the items first ... last, each with its text "m<number>".
func (l *listener) numbers(first, last uint64) error {
	for number := first; number <= last; number++ {
		item, err := l.item()
		if err != nil {
			return err
		}
		found := fmt.Sprint(item.TopicSequenceNumber, " ", item.Value.GetText())
		if err := same(found, fmt.Sprintf("%d m%d", number, number), "item"); err != nil {
			return err
		}
	}
	return nil
}

func (c *clients) publishNumbers(topic string, first, last uint64) error {
	for number := first; number <= last; number++ {
		if err := c.near.publish("default", topic, text("m"+strconv.FormatUint(number, 10))); err != nil {
			return err
		}
	}
	return nil
}

// proxy tells it to cut, close or open; how many connections that broke.
func proxy(command string) (int, error) {
	control, err := net.Dial("tcp", "127.0.0.1:"+os.Getenv("CONTROL_PORT"))
	if err != nil {
		return 0, err
	}
	defer control.Close()
	fmt.Fprintln(control, command)
	answer, err := io.ReadAll(control)
	if err != nil {
		return 0, err
	}
	return strconv.Atoi(strings.TrimSpace(string(answer)))
}

// cut cuts or closes, and demands that it hit something.
func (c *clients) cut(command string) error {
	count, err := proxy(command)
	if err == nil && count == 0 {
		err = fmt.Errorf("the cut hit nothing")
	}
	return err
}

func text(value string) *pb.XTopicValue {
	return &pb.XTopicValue{Kind: &pb.XTopicValue_Text{Text: value}}
}

func binary(value []byte) *pb.XTopicValue {
	return &pb.XTopicValue{Kind: &pb.XTopicValue_Binary{Binary: value}}
}

func equal(a, b *pb.XTopicValue) bool { return proto.Equal(a, b) }

func same[T comparable](actual, expected T, what string) error {
	if actual != expected {
		return fmt.Errorf("%s: got %.200v, expected %.200v", what, actual, expected)
	}
	return nil
}

// expectAll demands that each error has this status.
func expectAll(code codes.Code, found ...error) error {
	for i, err := range found {
		if status.Code(err) != code {
			return fmt.Errorf("answer %d: expected %v, got %v", i+1, code, err)
		}
	}
	return nil
}
