// The stack of the official Go SDK (grpc-go) against hark, used as that SDK uses it; see ../README.md.
// Prints one line a test.
package main

import (
	"bytes"
	"fmt"
	"os"
	"slices"
	"strconv"
	"strings"

	"google.golang.org/grpc/codes"

	"hark/interop/pb"
)

func textAndBinary(c *clients) error {
	listener, err := c.near.listen("default", "round-trip")
	if err != nil {
		return err
	}
	values := []*pb.XTopicValue{
		text("hello"), text("grüße 🎉"), text(""), text(strings.Repeat("x", 100_000)),
		binary([]byte{0, 255, 128, 10}), binary([]byte{}), binary(bytes.Repeat([]byte{7}, 200_000)),
	}
	for _, value := range values {
		if err := c.near.publish("default", "round-trip", value); err != nil {
			return err
		}
	}
	for i, value := range values {
		item, err := listener.item()
		if err != nil {
			return err
		}
		if !equal(item.Value, value) {
			return fmt.Errorf("value %d differs", i)
		}
		if err := same(item.TopicSequenceNumber, uint64(i+1), "number"); err != nil {
			return err
		}
	}
	return nil
}

func order(c *clients) error {
	var listeners []*listener
	for range 2 {
		listener, err := c.near.listen("default", "order")
		if err != nil {
			return err
		}
		listeners = append(listeners, listener)
	}
	if err := c.publishNumbers("order", 1, 200); err != nil {
		return err
	}
	for _, listener := range listeners {
		if err := listener.numbers(1, 200); err != nil {
			return err
		}
	}
	return nil
}

// The SDK comes back after half a second and asks again for the last message that it had: one duplicate a cut.
func resume(c *clients) error {
	listener, err := c.far.listen("default", "cut")
	if err != nil {
		return err
	}
	for at := uint64(0); at < 200; at += 40 {
		if err := c.publishNumbers("cut", at+1, at+20); err != nil {
			return err
		}
		if err := listener.numbers(at+1, at+20); err != nil {
			return fmt.Errorf("before the cut: %w", err)
		}
		if err := c.cut("cut"); err != nil {
			return err
		}
		if err := c.publishNumbers("cut", at+21, at+40); err != nil {
			return err
		}
		if err := listener.numbers(at+20, at+40); err != nil {
			return fmt.Errorf("after the cut: %w", err)
		}
	}
	return same(listener.resubscribed, 5, "resubscriptions")
}

func fallingOut(c *clients) error {
	const size, count = 500_000, 20
	const kept = (4 << 20) / size
	listener, err := c.far.listen("default", "fallen")
	if err != nil {
		return err
	}
	if err := c.publishNumbers("fallen", 1, 1); err != nil {
		return err
	}
	if err := listener.numbers(1, 1); err != nil {
		return err
	}
	if err := c.cut("close"); err != nil {
		return err
	}
	for i := range count {
		value := text(strconv.Itoa(i) + strings.Repeat(" ", size-2))
		if err := c.near.publish("default", "fallen", value); err != nil {
			return err
		}
	}
	if _, err := proxy("open"); err != nil {
		return err
	}
	event, err := listener.next()
	if err != nil {
		return err
	}
	gap := event.GetDiscontinuity()
	if gap == nil {
		return fmt.Errorf("expected a discontinuity, got %.100v", event)
	}
	// The SDK asks for number 1 again, and so says that it has none: the first is among the missing ones.
	found := []uint64{gap.LastTopicSequence, gap.NewTopicSequence}
	if err := same(fmt.Sprint(found), fmt.Sprint([]uint64{0, count + 1 - kept}), "discontinuity"); err != nil {
		return err
	}
	for number := uint64(count + 2 - kept); number <= count+1; number++ {
		item, err := listener.item()
		if err != nil {
			return err
		}
		if err := same(item.TopicSequenceNumber, number, "number behind the gap"); err != nil {
			return err
		}
	}
	if err := c.publishNumbers("fallen", count+2, count+2); err != nil {
		return err
	}
	return listener.numbers(count+2, count+2)
}

func noSuchCache(c *clients) error {
	_, err := c.near.listen("missing", "t")
	return expectAll(codes.NotFound, c.near.publish("missing", "t", text("x")), err, c.near.deleteCache("missing"))
}

func badNames(c *clients) error {
	for _, topic := range []string{"", "a\nb", strings.Repeat("x", 1025)} {
		_, err := c.near.listen("default", topic)
		if err := expectAll(codes.InvalidArgument, c.near.publish("default", topic, text("x")), err); err != nil {
			return err
		}
	}
	for _, cache := range []string{"", "a\nb", "a/b", strings.Repeat("x", 256)} {
		_, err := c.near.listen(cache, "t")
		publish, create := c.near.publish(cache, "t", text("x")), c.near.createCache(cache)
		if err := expectAll(codes.InvalidArgument, publish, err, create); err != nil {
			return err
		}
	}
	return nil
}

func tooLarge(c *clients) error {
	if err := c.near.publish("default", "large", binary(make([]byte, 1<<20))); err != nil {
		return err
	}
	for _, size := range []int{1<<20 + 1, 5_000_000} {
		err := c.near.publish("default", "large", binary(make([]byte, size)))
		if err := expectAll(codes.ResourceExhausted, err); err != nil {
			return fmt.Errorf("%d bytes: %w", size, err)
		}
	}
	return nil
}

func createListDelete(c *clients) error {
	names := func(expected ...string) error {
		found, err := c.near.cacheNames()
		if err != nil {
			return err
		}
		slices.Sort(found)
		return same(strings.Join(found, " "), strings.Join(expected, " "), "caches")
	}
	if err := names("default"); err != nil {
		return err
	}
	if err := c.near.createCache("mine"); err != nil {
		return err
	}
	if err := expectAll(codes.AlreadyExists, c.near.createCache("mine")); err != nil {
		return err
	}
	if err := names("default", "mine"); err != nil {
		return err
	}
	listener, err := c.near.listen("mine", "t")
	if err != nil {
		return err
	}
	if err := c.near.deleteCache("mine"); err != nil {
		return err
	}
	// The SDK would ask for ever for a cache that is gone; here its end is looked at.
	if err := expectAll(codes.NotFound, listener.end(), c.near.publish("mine", "t", text("x"))); err != nil {
		return err
	}
	return names("default")
}

func main() {
	all := newClients()
	good := true
	for _, test := range []struct {
		name string
		body func(*clients) error
	}{
		{"text_and_binary_round_trip", textAndBinary},
		{"order_of_200_messages", order},
		{"no_such_cache", noSuchCache},
		{"bad_names", badNames},
		{"a_message_too_large", tooLarge},
		{"create_list_delete_cache", createListDelete},
		{"resume_after_cuts", resume},
		{"falling_out_of_the_replay_buffer", fallingOut},
	} {
		if err := test.body(all); err != nil {
			fmt.Printf("FAIL %s: %.400s\n", test.name, err)
			good = false
		} else {
			fmt.Printf("ok %s\n", test.name)
		}
	}
	if !good {
		os.Exit(1)
	}
}
