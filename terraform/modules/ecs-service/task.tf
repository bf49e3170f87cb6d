locals {
  ready_path = "/__automock/ready"

  # Fargate's limit for stopTimeout:
  # https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_ContainerDefinition.html
  max_stop_timeout_seconds = 120

  # AWS reads the empty list back, and a definition without it would be replaced by every apply.
  no_capabilities = { capabilities = { add = [], drop = ["ALL"] } }

  containers = {
    automock   = jsonencode([local.automock_container])
    mockserver = var.loader == null ? "" : jsonencode([local.mockserver_container, local.loader_container])
  }[var.engine.kind]

  fargate_memory_mib = {
    "256"   = [512, 1024, 2048]
    "512"   = range(1024, 4096 + 1, 1024)
    "1024"  = range(2048, 8192 + 1, 1024)
    "2048"  = range(4096, 16384 + 1, 1024)
    "4096"  = range(8192, 30720 + 1, 1024)
    "8192"  = range(16384, 61440 + 1, 4096)
    "16384" = range(32768, 122880 + 1, 8192)
  }
}

resource "aws_ecs_task_definition" "this" {
  family                   = var.name
  requires_compatibilities = ["FARGATE"]
  network_mode             = "awsvpc"
  cpu                      = var.cpu
  memory                   = var.memory_mib
  execution_role_arn       = var.execution_role_arn
  task_role_arn            = var.task_role_arn
  container_definitions    = local.containers
  tags                     = var.tags

  runtime_platform {
    operating_system_family = "LINUX"
    cpu_architecture        = "X86_64"
  }

  dynamic "volume" {
    for_each = local.has_loader ? ["expectations"] : []

    content {
      name = volume.value
    }
  }

  lifecycle {
    # ECS rolls a service back to the definition it had, so that one stays until the service has the new one.
    create_before_destroy = true

    precondition {
      condition     = contains(local.fargate_memory_mib[tostring(var.cpu)], var.memory_mib)
      error_message = "Fargate offers no task with ${var.cpu} CPU units and ${var.memory_mib} MiB."
    }

    precondition {
      condition     = local.has_loader == (var.loader != null)
      error_message = "MockServer needs a loader, and automock takes none."
    }

    precondition {
      condition     = local.stop_timeout_seconds <= local.max_stop_timeout_seconds
      error_message = "Drain and grace take ${local.stop_timeout_seconds} seconds with ${local.stop_margin_seconds} seconds to spare, and Fargate kills a container ${local.max_stop_timeout_seconds} seconds after SIGTERM."
    }
  }
}
