package main

import (
	"context"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"time"

	"github.com/spf13/cobra"
	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"
	dp "k8s.io/kubelet/pkg/apis/deviceplugin/v1beta1"
)

// fakeGPU is a device plugin without hardware: it tells the kubelet of count devices and hands them out by the CDI
// names resource=0, resource=1 and so on, which the container runtime then looks up.
type fakeGPU struct {
	dp.UnimplementedDevicePluginServer
	resource string
	count    int
}

func (g *fakeGPU) GetDevicePluginOptions(context.Context, *dp.Empty) (*dp.DevicePluginOptions, error) {
	return &dp.DevicePluginOptions{}, nil
}

// ListAndWatch reports the devices once: they never fail and never change.
func (g *fakeGPU) ListAndWatch(_ *dp.Empty, stream dp.DevicePlugin_ListAndWatchServer) error {
	var devices []*dp.Device
	for i := range g.count {
		devices = append(devices, &dp.Device{ID: fmt.Sprint(i), Health: dp.Healthy})
	}
	if err := stream.Send(&dp.ListAndWatchResponse{Devices: devices}); err != nil {
		return err
	}
	<-stream.Context().Done()
	return nil
}

func (g *fakeGPU) Allocate(_ context.Context, request *dp.AllocateRequest) (*dp.AllocateResponse, error) {
	answer := &dp.AllocateResponse{}
	for _, container := range request.ContainerRequests {
		var devices []*dp.CDIDevice
		for _, id := range container.DevicesIds {
			devices = append(devices, &dp.CDIDevice{Name: g.resource + "=" + id})
		}
		answer.ContainerResponses = append(answer.ContainerResponses, &dp.ContainerAllocateResponse{CdiDevices: devices})
	}
	return answer, nil
}

// serve listens in the kubelet's folder of device plugins, registers there and stays.
func (g *fakeGPU) serve(folder string) error {
	socket := filepath.Join(folder, "fake-gpu.sock")
	_ = os.Remove(socket) // of an earlier run; Listen says so if it cannot be replaced
	listener, err := net.Listen("unix", socket)
	if err != nil {
		return err
	}
	server := grpc.NewServer()
	dp.RegisterDevicePluginServer(server, g)
	stopped := make(chan error, 1)
	go func() { stopped <- server.Serve(listener) }()
	if err := g.register(folder, filepath.Base(socket)); err != nil {
		return err
	}
	return <-stopped
}

func (g *fakeGPU) register(folder, endpoint string) error {
	kubelet, err := grpc.NewClient("unix:"+filepath.Join(folder, "kubelet.sock"),
		grpc.WithTransportCredentials(insecure.NewCredentials()))
	if err != nil {
		return err
	}
	defer kubelet.Close()
	ctx, stop := context.WithTimeout(context.Background(), time.Minute)
	defer stop()
	_, err = dp.NewRegistrationClient(kubelet).Register(ctx,
		&dp.RegisterRequest{Version: dp.Version, Endpoint: endpoint, ResourceName: g.resource}, grpc.WaitForReady(true))
	return err
}

func newFakeGPUCommand() *cobra.Command {
	var folder string
	gpu := &fakeGPU{}
	command := &cobra.Command{
		Use:   "fake-gpu",
		Short: "Advertise GPUs that are not there",
		RunE:  func(*cobra.Command, []string) error { return gpu.serve(folder) },
	}
	command.Flags().StringVar(&folder, "folder", dp.DevicePluginPath, "the kubelet's folder of device plugins")
	command.Flags().StringVar(&gpu.resource, "resource", "nvidia.com/gpu", "the resource's name, also the CDI kind")
	command.Flags().IntVar(&gpu.count, "count", 2, "how many devices to advertise")
	return command
}
